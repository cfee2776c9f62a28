import { afterEach, describe, expect, it } from "vitest";
import * as claims from "./claims.ts";
import * as credentials from "./credentials.ts";
import { harmIn } from "./harm.ts";
import * as hosts from "./hosts.ts";
import * as ids from "./ids.ts";
import * as scopes from "./scopes.ts";
import * as secrets from "./secrets.ts";
import { Stage, type StageOptions } from "./stage.ts";
import * as tags from "./tags.ts";

/** What somebody does, and says of it what must not happen; `harmIn` watches besides for what never may. */
type Row = [attack: string, must: string, run: (stage: Stage) => Promise<void>, options?: StageOptions];

const unchecked: StageOptions = { unchecked: true };
const tenants: StageOptions = { scopes: scopes.TABLE, unchecked: true };

/** All attacks by name. Each drives the whole operator, and fails when its defence is taken out. */
const ATTACKS: readonly Row[] = [
  // Whose a pool is: the tag in Azure, which whoever may write tags can write.
  ["the tag of another cluster", "is not taken, changed or deleted", tags.ofAnotherCluster],
  ["the tag of another resource", "is not taken, also with Always", tags.ofAnotherResource],
  ["no tag", "is not taken by default, nor deleted", tags.none],
  ["a tag that cannot be read", "is somebody's all the same", tags.thatCannotBeRead],
  ["a tag with path tricks", "is no path to the API server", tags.withPathTricks],
  ["the tag of another cluster with our namespace, name and UID", "is not ours", tags.ofAnotherClusterWithOurNames],
  ["the tag of the same name in another namespace, with our UID", "is not ours", tags.ofTheSameNameInAnotherNamespace],
  ["a tag with our UID and another name", "is not ours", tags.withOurUidAndAnotherName],
  ["our tag in other casing", "is not ours", tags.inOtherCasing],
  ["another's tag on our pool", "makes it another's", tags.putOnOurPool],
  // What the status says, which whoever may write the status can write.
  ["a claim copied from the resource that owns the pool", "is worth nothing", claims.copiedFromAnotherResource],
  ["a claim on another pool", "is worth nothing", claims.ofAnotherPool],
  ["a claim from before the pool had an owner", "is worth nothing", claims.ofAnotherOwner],
  ["a claim on an earlier pool of the name", "is worth nothing", claims.ofAnEarlierPool],
  ["a claim forged at deletion", "deletes nothing", claims.forgedAtDeletion],
  ["the status names a pool of somebody else", "does not move the resource there", claims.idOfAnothersPool],
  ["the status names it at deletion", "does not delete it", claims.idOfAnothersPoolAtDeletion],
  ["path tricks in status.id, also at deletion", "lead nowhere", claims.idWithPathTricks, unchecked],
  ["another resource takes the name during the deletion", "keeps the pool", claims.nameTakenWhileItIsDeleted],
  ["two resources for one pool", "the first keeps it", claims.twoResourcesForOnePool],
  ["two resources for one pool in one moment", "one PUT is made", claims.twoResourcesInOneMoment],
  // Ids in the spec that become a URL or go to Azure, when nothing has checked them before.
  ["path tricks in spec.subscriptionId", "lead nowhere", ids.inSubscriptionId, unchecked],
  ["path tricks in spec.resourceGroup", "lead nowhere", ids.inResourceGroup, unchecked],
  ["path tricks in spec.azureName", "lead nowhere", ids.inAzureName, unchecked],
  ["path tricks in spec.environmentId", "are not sent", ids.inEnvironmentId, unchecked],
  ["path tricks in spec.identity", "are not sent", ids.inAssignedIdentities, unchecked],
  ["path tricks in spec.managedIdentitySettings", "are not sent", ids.inIdentitySettings, unchecked],
  ["path tricks in spec…registryCredentials.identity", "are not sent", ids.inRegistryIdentity, unchecked],
  // Secrets.
  ["secretKeyRef.name with path tricks", "reads nothing", secrets.nameOfASecretAsAPath, unchecked],
  ["credentialsRef.name with path tricks", "reads nothing", secrets.nameOfACredentialAsAPath, unchecked],
  ["a Secret of another namespace", "is not read", secrets.ofAnotherNamespace],
  ["another's Secret named as a credential", "is not quoted", secrets.shownAsAWrongCredential],
  ["another's pool through Observe, Approve and Report", "is not shown", secrets.planOfAnothersPool],
  ["a Secret's value where Azure shows it", "is not shown by the plan", secrets.planOfAValueThatIsShown],
  ["values that Azure quotes in its refusal", "are in no status, event or log", secrets.quotedByAzure],
  // Where tokens and secrets go.
  ["Azure-AsyncOperation to another host", "is not asked", hosts.operationUrl],
  ["Location to another host", "is not asked", hosts.operationLocation],
  ["nextLink to another host", "is not asked", hosts.nextLink],
  ["a redirect from ARM", "is not followed", hosts.redirectFromArm],
  ["a redirect from Entra", "is not followed", hosts.redirectFromEntra],
  // Who asks.
  ["a credential of another tenant at rest", "changes nothing", credentials.swappedWhileReading],
  ["… while an operation runs", "creates nothing anew", credentials.swappedWhileAnOperationRuns],
  ["… before the deletion", "releases nothing", credentials.swappedBeforeDeletion],
  ["… while it is deleted", "releases nothing", credentials.swappedWhileItIsDeleted],
  ["… with its own subscription", "moves nothing", credentials.swappedWithItsSubscription],
  ["a 404 for who may not see the subscription", "is no absence", credentials.notFoundForWhoMayNotSeeIt],
  ["the named credential is deleted", "no broader one is used", credentials.deletedToFallBack],
  ["… before the deletion of the resource", "no broader one is used", credentials.deletedToFallBackAtDeletion],
  ["a credential that says where to ask", "is refused", credentials.thatSaysWhereToAsk],
  // What a namespace may name.
  ["look-alikes of an allowed name", "are other names", scopes.lookAlikes, tenants],
  ["an allowed name in other casing", "is the same pool", scopes.casing, tenants],
  ["identities in every hiding place", "are found", scopes.hiddenIdentities, tenants],
  ["the group of one entry in the subscription of another", "is not allowed", scopes.entriesThatDoNotAddUp, tenants],
  ["a subscription that comes with a credential", "is looked at too", scopes.subscriptionOfACredential, tenants],
  ["a finalizer put there by hand", "deletes nothing out of scope", scopes.finalizerByHand, tenants],
  ["the deletion of what is out of scope", "waits, whatever the spec says since", scopes.deletionOutOfScope, tenants],
];

let stage: Stage;

afterEach(() => stage.stop());

describe("attacks", { timeout: 60_000 }, () => {
  it.each([...ATTACKS])("%s: %s", async (_attack, _must, run, options = {}) => {
    stage = new Stage(options);
    await run(stage);
    expect(await harmIn(stage)).toEqual([]);
  });
});
