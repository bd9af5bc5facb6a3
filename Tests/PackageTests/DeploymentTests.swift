import Foundation
import TestSupport
import Testing

/// What is deployed, and what puts load on it, is checked without a cluster or a cloud; what is wrong is told in one line that says where.
@Suite(.timeLimit(.minutes(5)))
struct DeploymentTests {
    /// One change to a file that makes it wrong, and what is to be said of it.
    struct Fault: CustomTestStringConvertible {
        var file: String
        var line: String
        var instead: String
        var complaint: String

        init(_ file: String, _ line: String, _ instead: String, _ complaint: String) {
            (self.file, self.line, self.instead, self.complaint) = (file, line, instead, complaint)
        }

        var testDescription: String { "\(file): \(instead)" }
    }

    @Test(arguments: [
        Fault("k8s/base/scheduler.yaml", "  replicas: 2", "  replicas: two", "spec.replicas: 'two' is not of type"),
        Fault(
            "k8s/base/worker.yaml",
            "      serviceAccountName: worker",
            "      serviceAcountName: worker",
            "serviceAcountName"
        ),
        Fault(
            "k8s/base/worker.yaml",
            "            httpGet: {path: /healthz, port: metrics}",
            "            httpGet: {path: /readyz, port: metrics}",
            "livenessProbe: has to ask for /healthz"
        ),
        Fault(
            "k8s/base/worker.yaml",
            "            readOnlyRootFilesystem: true",
            "            readOnlyRootFilesystem: false",
            "readOnlyRootFilesystem has to be true"
        ),
        Fault(
            "k8s/base/worker.yaml",
            "      terminationGracePeriodSeconds: 75",
            "      terminationGracePeriodSeconds: 30",
            "has to be 60 at least"
        ),
        Fault(
            "k8s/base/worker.yaml",
            "            - {name: CONTROL_ADDRESS, value: \"job-service:50051\"}",
            "            - {name: CONTROL_ADRESS, value: \"job-service:50051\"}",
            "CONTROL_ADRESS is no setting"
        ),
        Fault(
            "k8s/base/scheduler.yaml",
            "              - {key: DATABASE_URL, path: DATABASE_URL}",
            "              - {key: DATABASE_URL, path: DATABASE}",
            "no secret is mounted at"
        ),
        Fault(
            "k8s/base/job-service.yaml",
            "    - {name: http, port: 8080, targetPort: http}",
            "    - {name: http, port: 8080, targetPort: rest}",
            "no pod has a port rest"
        ),
        Fault(
            "k8s/base/network.yaml",
            "    matchLabels: {app.kubernetes.io/name: scheduler}",
            "    matchLabels: {app.kubernetes.io/name: schedular}",
            "NetworkPolicy scheduler: spec.podSelector: matches no pod"
        ),
        Fault(
            "k8s/base/network.yaml",
            "  policyTypes: [Ingress, Egress]",
            "  policyTypes: [Ingress, Egress",
            "expected ',' or ']'"
        ),
        Fault("k8s/components/keda/worker.yaml", "  minReplicaCount: 2", "  minReplicas: 2", "minReplica"),
        Fault(
            "k8s/components/keda/worker.yaml",
            "          max(max by (tenant, queue) (queueflow_queue_oldest_ready_age_seconds)",
            "          max(max by (tenant, queue) (queueflow_queue_oldest_age_seconds)",
            "queueflow_queue_oldest_age_seconds is no metric"
        ),
        Fault(
            "k8s/overlays/production/kustomization.yaml",
            "  - ../../components/keda",
            "  - ../../components/kedda",
            "components/kedda"
        ),
        Fault(
            "terraform/main.tf",
            "  kms_key_arn            = aws_kms_key.this.arn",
            "  kms_key_arn            = aws_kms_key.that.arn",
            "there is no aws_kms_key.that"
        ),
        Fault(
            "terraform/main.tf",
            "  settings               = var.redis",
            "  settings               = var.valkey",
            "there is no variable valkey"
        ),
        Fault(
            "terraform/main.tf",
            "  secrets_version   = var.secrets_version",
            "  secret_version    = var.secrets_version",
            "module secrets"
        ),
        Fault(
            "terraform/modules/postgres/main.tf",
            "  instance_class = var.settings.instance_class",
            "  instance_class = var.settings.class",
            "variable settings has no class"
        ),
        Fault("terraform/modules/kafka/main.tf", "      scram = true", "      scram = ", "is no HCL"),
    ])
    func whatIsWrongWithADeploymentIsToldByItsPlace(_ fault: Fault) async throws {
        let copy = FileManager.default.temporaryDirectory.appending(path: "deploy-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: copy) }
        try FileManager.default.copyItem(at: Script.repository.appending(path: "deploy"), to: copy)
        let file = copy.appending(path: fault.file)
        var lines = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n")
        let place = try #require(lines.firstIndex(of: fault.line), "there is no such line any more")
        lines[place] = fault.instead
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)

        let (output, code) = try await Script("deploy/dev/check-deploy").run([copy.path])
        #expect(code == 1)
        let complaints = output.split(separator: "\n")
        #expect(complaints.contains { $0.contains(file.path) && $0.contains(fault.complaint) }, "\(output)")
        #expect(complaints.count <= 2, "\(output)")
    }

    @Test(arguments: [
        ("export default function () {\n  const a = ;\n}\n", "a.js: Line 2:13 Unexpected token ;"),
        ("undefinedName();\nexport default function () {}\n", "undefinedName is not defined at"),
        ("import { a } from './lib/none.js';\nexport default function () {}\n", "./lib/none.js"),
        ("import { a } from 'https://example.org/a.js';\nexport default function () {}\n", "a.js:1:"),
        ("export const options = { stages: [{ duration: '5x', target: 1 }] };\nexport default function () {}\n", "5x"),
        ("export const options = { thresholds: { a: ['p(95)<<3'] } };\nexport default function () {}\n", "p(95)<<3"),
        (
            "export const options = { scenarios: { a: { executor: 'externally-controlled' } } };\nexport default function () {}\n",
            "a.js"
        ),
    ])
    func aScriptOfK6ThatIsWrongIsToldByItsPlace(_ text: String, _ complaint: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "k6-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try text.write(to: folder.appending(path: "a.js"), atomically: true, encoding: .utf8)
        let (output, code) = try await Script("deploy/dev/k6").run(["--check", folder.path])
        #expect(code == 1)
        #expect(output.split(separator: "\n").count == 1 && output.contains(complaint), "\(output)")
    }

    @Test func whatIsThereIsRight() async throws {
        let (output, code) = try await Script("deploy/dev/k6").run(["--check"])
        #expect(code == 0 && output.isEmpty, "\(output)")
    }
}
