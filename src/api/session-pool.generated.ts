// Generated from crds/sessionpools.appcontainers.dev.yaml by `npm run generate`. Do not edit.

/**
 * The pool that should exist, in the names and the nesting of Azure's REST API (2025-07-01) with the content of `properties` lifted to the top, so that a body from the REST reference, Bicep or az can be pasted. A null means "left out". What is left out stays in Azure as it is.
 */
export interface SessionPoolSpec {
  /**
   * The Azure subscription (a UUID) in which the pool lives. Left out: that of the Secret with the credential, else the operator's own default. A pool cannot move: it may not be added, removed or changed later.
   */
  subscriptionId?: string | null;
  /**
   * The name of an existing resource group of the subscription, 1 to 90 characters; Azure does not look at upper and lower case. The operator does not create it. A pool cannot move: it may not be changed later.
   */
  resourceGroup: string;
  /**
   * The pool's name in Azure, a lower-case letter and then 2 to 62 lower-case letters, digits or hyphens, not ending with a hyphen, unique in the resource group. Left out: metadata.name, which must then be such a name. Azure cannot rename a pool: it may not be changed later.
   */
  azureName?: string | null;
  /**
   * The Azure region, as a short name (westus3) or as Azure displays it (West US 3); both mean the same. For CustomContainer the region of the environment. A pool cannot move: it may not be changed later.
   */
  location: string;
  /**
   * Tags on the pool, at most 45 (Azure allows 50 and the operator keeps five for itself). A name has 1 to 512 characters without < > % & \ ? / and a value at most 256. Azure does not tell upper and lower case of names apart. Tags that others put on the pool are kept.
   */
  tags?: {
    /**
     * The tag's value, at most 256 characters.
     */
    [k: string]: string;
  } | null;
  /**
   * The managed identities of the pool, with which it can pull images and, when managedIdentitySettings says so, code in a session can ask for tokens. Only for CustomContainer.
   */
  identity?: {
    /**
     * Which identities the pool has: None; SystemAssigned, one that Azure makes for this pool and deletes with it; UserAssigned, those listed in userAssignedIdentities; or both, written with or without the space.
     */
    type: "None" | "SystemAssigned" | "UserAssigned" | "SystemAssigned,UserAssigned" | "SystemAssigned, UserAssigned";
    /**
     * The user-assigned identities: the ARM id of each as the key, {} as the value. The operator's own identity needs the right to assign them.
     */
    userAssignedIdentities?: {
      /**
       * Always {}; Azure fills in the ids of the identity on its side.
       */
      [k: string]: {};
    } | null;
  } | null;
  /**
   * The ARM id of the Container Apps environment in which the sessions run, in the pool's region and with workload profiles. Needed for CustomContainer; PythonLTS runs outside any environment. It may not be added, removed or changed later.
   */
  environmentId?: string | null;
  /**
   * What a session runs: CustomContainer, the containers of customContainerTemplate; or PythonLTS, Azure's own Python code interpreter. It may not be changed later.
   */
  containerType: "CustomContainer" | "PythonLTS";
  /**
   * Who starts and ends the sessions of the pool: Dynamic, Azure does as dynamicPoolConfiguration says. Azure's API also knows Manual and refuses to create such pools. Left out: Dynamic. It may not be changed later.
   */
  poolManagementType?: "Dynamic" | "Manual" | null;
  /**
   * How many sessions there can be at once, and how many wait for use. `kubectl scale` sets readySessionInstances.
   */
  scaleConfiguration?: {
    /**
     * How many sessions are kept started and unallocated, so that the next request gets one at once. They cost as long as they wait. For CustomContainer needed, at least 1 and smaller than maxConcurrentSessions; for PythonLTS Azure ignores it.
     */
    readySessionInstances?: number;
    /**
     * The most sessions that are allocated at the same time. Azure turns further requests away, and has limits of its own that depend on containerType and subscription.
     */
    maxConcurrentSessions?: number | null;
  } | null;
  /**
   * How Azure manages the sessions of a Dynamic pool.
   */
  dynamicPoolConfiguration: {
    /**
     * When a session ends.
     */
    lifecycleConfiguration: {
      /**
       * What ends a session: Timed, no request for cooldownPeriodInSeconds; OnContainerExit, its container ends or maxAlivePeriodInSeconds are over (only for CustomContainer).
       */
      lifecycleType: "Timed" | "OnContainerExit";
      /**
       * Seconds without a request after which a Timed session ends and its data is deleted, 300 to 3600; every request starts the count again. Needed for Timed, not allowed for OnContainerExit.
       */
      cooldownPeriodInSeconds?: number | null;
      /**
       * Seconds after which an OnContainerExit session ends even if its container still runs, such as 86400 for a day. Needed for OnContainerExit.
       */
      maxAlivePeriodInSeconds?: number | null;
    };
  };
  /**
   * What every session of a CustomContainer pool runs. Any change makes Azure replace the ready sessions, which takes minutes; sessions in use are not touched.
   */
  customContainerTemplate?: {
    /**
     * The containers of a session, told apart by their names. The list in Azure is replaced by this one.
     *
     * @minItems 1
     * @maxItems 10
     *
     * Items: One container.
     */
    containers: {
      /**
       * The container's name, unique in the pool.
       */
      name: string;
      /**
       * The image, with registry and tag or digest, such as mcr.microsoft.com/k8se/quickstart:latest. Azure does not pull again when a tag moves: use a new tag or a digest for a new version.
       */
      image: string;
      /**
       * The program to run and its first arguments, in place of the image's entry point.
       *
       * @maxItems 256
       */
      command?: string[] | null;
      /**
       * The arguments, in place of the image's.
       *
       * @maxItems 256
       */
      args?: string[] | null;
      /**
       * Environment variables of the container, told apart by their names.
       *
       * @maxItems 128
       */
      env?:
        | {
            /**
             * The variable's name.
             */
            name: string;
            /**
             * The value. It can be read by whoever can read this resource or the pool in Azure; use secretRef for what is secret.
             */
            value?: string | null;
            /**
             * The name of an entry of spec.secrets whose value the variable gets.
             */
            secretRef?: string | null;
          }[]
        | null;
      /**
       * What one session gets of CPU and memory. Azure takes certain pairs only, such as 0.25 and 0.5Gi, 0.5 and 1Gi.
       */
      resources?: {
        /**
         * CPU cores as a number, such as 0.25 or 2; more than 0, at most 64. Azure's usual range is 0.25 to 2.
         */
        cpu?: number | null;
        /**
         * Memory with its unit, such as 0.5Gi, 1Gi or 250Mb.
         */
        memory?: string | null;
      } | null;
    }[];
    /**
     * How requests reach the session.
     */
    ingress?: {
      /**
       * The TCP port on which the container listens for HTTP, 1 to 65535. Azure sends it the requests made to the pool's endpoint.
       */
      targetPort?: number | null;
    } | null;
    /**
     * How Azure logs in to a private registry: with a managed identity, or with username and passwordSecretRef. Left out for public images.
     */
    registryCredentials?: {
      /**
       * The managed identity that may pull from the registry: the ARM id of a user-assigned identity, or `system` for the pool's own. The pool's own exists only once the pool does, so its right to pull comes too late for the first start: a user-assigned identity is the safer choice.
       */
      identity?: string | null;
      /**
       * The name of an entry of spec.secrets that holds the password. Needs username.
       */
      passwordSecretRef?: string | null;
      /**
       * The registry's host name, such as contoso.azurecr.io.
       */
      server?: string | null;
      /**
       * The user name at the registry. Needs passwordSecretRef.
       */
      username?: string | null;
    } | null;
  } | null;
  /**
   * What sessions can reach on the network.
   */
  sessionNetworkConfiguration?: {
    /**
     * Whether code in a session can reach the internet, EgressEnabled or EgressDisabled. Left out at creation, Azure decides.
     */
    status?: "EgressEnabled" | "EgressDisabled" | null;
  } | null;
  /**
   * Which of the pool's identities code inside a session can use. An identity that is not listed cannot be used there. Only for CustomContainer.
   *
   * @maxItems 21
   */
  managedIdentitySettings?:
    | {
        /**
         * The identity, `system` for the pool's own, or the ARM id of a user-assigned identity of spec.identity.
         */
        identity: string;
        /**
         * When the identity can be used, Main, by the session's main containers; or None, never in a session. Left out, None.
         */
        lifecycle?: "None" | "Main" | null;
      }[]
    | null;
  /**
   * Secrets of the pool, for secretRef and passwordSecretRef. Values are read from Kubernetes Secrets of this namespace and sent to Azure, which never shows them again; the pool is updated when a value changes. While one cannot be read, nothing is written to Azure.
   *
   * @maxItems 64
   */
  secrets?:
    | {
        /**
         * The secret's name in the pool, lower-case letters, digits, - and . with a letter or digit at both ends.
         */
        name: string;
        /**
         * Where the value comes from. A value cannot be written into this resource.
         */
        valueFrom: {
          /**
           * A key of a Kubernetes Secret in this resource's namespace.
           */
          secretKeyRef: {
            /**
             * The Kubernetes Secret's name.
             */
            name: string;
            /**
             * The key in the Secret's data.
             */
            key: string;
          };
        };
      }[]
    | null;
  /**
   * Which identity manages the pool in Azure. Left out: that of the Secret azure-credential of this namespace, if there is one, else the operator's own.
   */
  credentialsRef?: {
    /**
     * The name of a Secret in this resource's namespace with the keys AZURE_TENANT_ID and AZURE_CLIENT_ID; AZURE_CLIENT_SECRET, or AZURE_CLIENT_CERTIFICATE in PEM form (and AZURE_CLIENT_CERTIFICATE_PASSWORD), or neither of them for workload identity; and AZURE_SUBSCRIPTION_ID, which counts when subscriptionId is left out.
     */
    name: string;
  } | null;
  /**
   * While true, the operator neither reads nor changes the pool. Set it to take a pool in hand yourself. Deleting this resource still deletes the pool, as policy.deletion says. Left out, false.
   */
  suspend?: boolean | null;
  /**
   * How the operator treats the pool.
   */
  policy?: {
    /**
     * What is done when the pool exists already and is not this resource's: Never, nothing, and status.plan has what would be changed; IfUnowned, it is adopted when it carries no owner tag; Always, also when its tag names another owner, unless that is a SessionPool that this cluster has. Adopting alone writes nothing to Azure: the owner tag goes with the first update. A pool that was adopted and never updated is not deleted with the resource. Left out, Never.
     */
    adoption?: "Never" | "IfUnowned" | "Always" | null;
    /**
     * While true, this resource cannot be deleted (where the ValidatingAdmissionPolicy of the operator is installed), and the operator does not delete the pool; set it to false first. Left out, false.
     */
    protect?: boolean | null;
    /**
     * What becomes of the pool in Azure when this resource is deleted: Delete, it is deleted too; Orphan, it stays, and nobody manages it any more. Left out, Delete.
     */
    deletion?: "Delete" | "Orphan" | null;
    /**
     * Whether the operator may write to Azure: Apply, it does what is needed; Observe, it never does (no creation, update or deletion) and shows in status.plan what it would do; Approve, it does what status.plan shows once the annotation appcontainers.dev/approved-plan has the value of status.plan.hash, deletion included. Left out, Apply.
     */
    mode?: "Apply" | "Observe" | "Approve" | null;
    /**
     * What is done when somebody changes the pool in Azure: Correct, it is put back to what the spec says; Report, the condition Drifted says what changed, and nothing is written until the spec changes. Left out, Correct.
     */
    drift?: "Correct" | "Report" | null;
    /**
     * How often the pool is compared with Azure while it is at rest: a whole number with its unit s, m or h, from 10s to 24h, such as 30s, 5m or 1h. Left out, what the operator's --drift-interval says.
     */
    driftInterval?: string | null;
    /**
     * Parts of the pool that others may change, such as a tag that a cost tool sets: each a tag's name, or a JSON pointer into the body of the REST API, such as /properties/scaleConfiguration/readySessionInstances. What the spec says there counts when the pool is created; afterwards Azure's value stays.
     *
     * @maxItems 64
     */
    ignore?: string[] | null;
    /**
     * What is done when the pool has secrets in Azure that spec.secrets does not list, so that an update would remove them: Hold, nothing is written, and the reason is SecretsWouldBeRemoved; Remove, they are removed with the next update. Left out, Hold.
     */
    unlistedSecrets?: "Hold" | "Remove" | null;
  } | null;
}


/**
 * What the operator last saw in Azure and did about it. Written by the operator only.
 */
export interface SessionPoolStatus {
  /**
   * The metadata.generation that the rest of the status is about; -1 until the operator has looked at the resource.
   */
  observedGeneration?: number;
  /**
   * The value of the annotation appcontainers.dev/reconcile-requested-at or reconcile.fluxcd.io/requestedAt that the operator last answered; while it is another than the annotation's, the answer is still to come. Of a longer value, the first 256 characters.
   */
  lastHandledReconcileAt?: string;
  /**
   * Names what the spec asked for when Azure last had all of it; what differs while the spec asks for the same was changed in Azure.
   */
  syncedHash?: string;
  /**
   * The pool's ARM id.
   */
  id?: string;
  /**
   * What Azure says about its work on the pool, in Azure's words: InProgress, Succeeded, Failed, Canceled, Deleting, or another that Azure invents later.
   */
  provisioningState?: string;
  /**
   * Where applications ask the pool for sessions (Azure's poolManagementEndpoint). It answers once the pool is Ready.
   */
  endpoint?: string;
  /**
   * How many nodes Azure runs the pool on.
   */
  nodeCount?: number;
  /**
   * The object id of the pool's system-assigned identity, to give rights to.
   */
  principalId?: string;
  /**
   * The Entra tenant of the pool's system-assigned identity.
   */
  tenantId?: string;
  /**
   * How many sessions the pool in Azure is set to keep ready, as `kubectl scale` and autoscalers read it.
   */
  readySessionInstances?: number;
  /**
   * What the operator would do in Azure, shown while it does not because spec.policy says so, or because the change is not possible.
   */
  plan?: {
    /**
     * Create, Update, Delete, or None when Azure has what the spec asks for.
     */
    action: string;
    /**
     * Names exactly this plan; as the value of the annotation appcontainers.dev/approved-plan it approves it.
     */
    hash: string;
    /**
     * How many more differences there are than changes shows.
     */
    omitted?: number;
    /**
     * The differences between the spec and Azure.
     *
     * @maxItems 100
     *
     * Items: One difference.
     */
    changes?: {
      /**
       * Where, a JSON pointer into the body of the REST API.
       */
      path: string;
      /**
       * What the spec asks for; absent when it asks for nothing there. A long value is shortened.
       */
      desired?: unknown;
      /**
       * What Azure has; absent when it has nothing there. A long value is shortened.
       */
      observed?: unknown;
    }[];
  };
  /**
   * The pool that this resource has adopted, as it was then. It counts as this resource's as long as it is the same pool and its owner tag stays what it was, or becomes this resource's own, and the SessionPool that the tag names has not come back to this cluster.
   */
  adopted?: {
    /**
     * The pool's ARM id.
     */
    id: string;
    /**
     * When Azure says that the pool was created; a pool that is created in its place later is another one.
     */
    createdAt?: string;
    /**
     * What the pool's owner tag said; absent when it had none. This resource's own since its first update, which brought the tag.
     */
    owner?: string;
    /**
     * The metadata.generation at which it was adopted, or last seen as this resource's own. A pool that another owner takes afterwards is not adopted again before the spec changes.
     */
    generation: number;
    /**
     * A keyed hash of the values of spec.secrets at that time, which are taken to be those in Azure; absent when there were none.
     */
    secrets?: string;
  };
  /**
   * What Azure kept otherwise than the last update asked for, although it took it. These differences are known, and no reason to write again.
   */
  applied?: {
    /**
     * The metadata.generation of the last update.
     */
    generation: number;
    /**
     * The known differences.
     *
     * @maxItems 256
     *
     * Items: One difference.
     */
    differences: {
      /**
       * Where, a JSON pointer into the body of the REST API.
       */
      path: string;
      /**
       * What the spec asks for; absent when it asks for nothing there. A long value is shortened.
       */
      desired?: unknown;
      /**
       * What Azure has; absent when it has nothing there. A long value is shortened.
       */
      observed?: unknown;
      /**
       * How many updates in a row asked for this and left a difference there.
       */
      updates?: number;
    }[];
  };
  /**
   * Ready says whether Azure has what the resource asks for. Reconciling is there while the operator or Azure works on it; Stalled while it needs a person; Drifted while somebody's change in Azure stands against the spec.
   *
   * @maxItems 64
   *
   * Items: One condition.
   */
  conditions?: {
    /**
     * Whether the condition holds.
     */
    status: "True" | "False" | "Unknown";
    /**
     * The metadata.generation that the condition is about.
     */
    observedGeneration?: number;
    /**
     * When the status last changed.
     */
    lastTransitionTime: string;
    /**
     * Why, for people; when Azure said no, in Azure's own words.
     */
    message: string;
    /**
     * Why, in one word for programs; when Azure said no, Azure's own error code.
     */
    reason: string;
    /**
     * Ready, Reconciling, Stalled or Drifted.
     */
    type: string;
  }[];
}
