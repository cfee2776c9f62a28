/** Refuses a change of anything outside this process, which may make none now, or not surely for long enough. */
export class NotLeading extends Error {
  override readonly name = "NotLeading";
  constructor() {
    super("this replica does not lead, or not for long enough to begin a write");
  }
}

/** Asked just before each write. @throws NotLeading when it may not begin */
export type Permit = () => void;
