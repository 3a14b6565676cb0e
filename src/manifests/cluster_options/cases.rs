//! Every option as a user sets it, with a patch of his over it: the cases `options-*` of `tests/golden/kustomize`.

/// A case: its name; its flags, as typed; the patch of a user's over it, as target and operation.
pub(crate) type Case = (&'static str, &'static str, (&'static str, &'static str));

const HELM: &str = "kind: Deployment, name: helm-controller";
const SOURCE: &str = "kind: Deployment, name: source-controller";
const ARGUMENT: &str = "op: add, path: /spec/template/spec/containers/0/args/-, value";
const ENVIRONMENT: &str = "op: replace, path: /spec/template/spec/containers/0/env/0/value, value";
const MEMORY: &str = "op: replace, path: /spec/template/spec/containers/0/resources/limits/memory, value";

/// The user's patch of each comes after the option's, so its value stands.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("cluster-size", "cluster-size=medium", (SOURCE, MEMORY)),
        (
            "controller-arg",
            "cluster-size=small controller-arg=helm-controller=--concurrent=7 controller-arg=helm-controller=--graceful",
            (HELM, ARGUMENT),
        ),
        ("controller-ca-file", "controller-ca-file=true", (HELM, ENVIRONMENT)),
        ("controller-proxy", "controller-proxy=http://proxy:3128 controller-no-proxy=10.0.0.0/8", (HELM, ENVIRONMENT)),
        ("controller-proxy-socks", "controller-proxy=socks5://proxy:1080", (SOURCE, ENVIRONMENT)),
        ("controller-resources", "controller-resources=helm-controller=cpu=2,memory=2Gi", (HELM, MEMORY)),
        ("feature-gates", "feature-gates=helm-controller=DisableChartDigestTracking=true,A=false", (HELM, ARGUMENT)),
        (
            "identity-node",
            "provider=azure cluster-identity-mode=node cluster-identity-client-id=11111111-2222-4333-8444-555555555555",
            (SOURCE, ENVIRONMENT),
        ),
        (
            "identity-object",
            "provider=azure cluster-identity-mode=object cluster-identity-client-id=11111111-2222-4333-8444-555555555555 cluster-identity-tenant-id=7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11 cluster-identity-service-account=fleet",
            ("kind: ServiceAccount, name: fleet", "op: add, path: /metadata/labels/team, value"),
        ),
        (
            "identity-projected",
            "provider=azure cluster-identity-mode=projected ca-file=true cluster-identity-client-id=11111111-2222-4333-8444-555555555555 cluster-identity-tenant-id=7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11",
            (SOURCE, ENVIRONMENT),
        ),
        (
            "identity-webhook",
            "provider=azure cluster-identity-mode=webhook cluster-identity-client-id=11111111-2222-4333-8444-555555555555 cluster-identity-tenant-id=7f9d1b1c-0c1e-4c5e-9d0e-2b7a5b6d1a11",
            (
                "kind: ServiceAccount, name: source-controller",
                "op: replace, path: /metadata/annotations/azure.workload.identity~1client-id, value",
            ),
        ),
        ("helm-oom-watch", "helm-oom-watch=true feature-gates=helm-controller=A=true", (HELM, ARGUMENT)),
        (
            "multi-tenant",
            "multi-tenant=true",
            ("kind: Kustomization, name: flux-system", "op: replace, path: /spec/serviceAccountName, value"),
        ),
        (
            "node-selector",
            "node-selector=disk=ssd,infra=",
            (HELM, "op: replace, path: /spec/template/spec/nodeSelector/disk, value"),
        ),
        ("patch", "patch=replicas.yaml patch=wait.yaml", (HELM, "op: replace, path: /spec/replicas, value")),
        (
            "storage",
            "storage=10Gi storage-class=fast",
            (
                "kind: PersistentVolumeClaim, name: source-controller",
                "op: replace, path: /spec/storageClassName, value",
            ),
        ),
        (
            "toleration",
            "toleration=gpu toleration=dedicated=flux:NoSchedule",
            (HELM, "op: replace, path: /spec/template/spec/tolerations/0/key, value"),
        ),
    ]
}

/// A strategic merge patch of a user's, `replicas.yaml`.
pub(crate) const REPLICAS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: helm-controller, namespace: flux-system}
spec: {replicas: 2}
";
/// One with a target, `wait.yaml`.
pub(crate) const WAIT: &str = "\
target: {kind: Kustomization}
patch: |
  - {op: add, path: /spec/wait, value: true}
";
