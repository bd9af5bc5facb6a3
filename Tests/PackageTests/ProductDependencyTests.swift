import Foundation
import Subprocess
import Testing

/// What comes along with each library, by the package's own description.
@Suite(.timeLimit(.minutes(2)))
struct ProductDependencyTests {
    /// What a product must not bring along, targets and products of other packages alike: whoever uses it would have to build and link it.
    struct Rule: Sendable, CustomTestStringConvertible {
        var product: String
        var forbidden: Set<String>

        var testDescription: String { product }
    }

    private static let clibraries: Set<String> = ["CRDKafka", "CLibPQ", "CHiredis", "CNghttp2"]
    private static let stores: Set<String> = ["Postgres", "Redis", "JobStore"]
    private static let servers = stores.union(["Hummingbird", "HummingbirdCore", "Kafka", "JobCore"])

    static let rules = [
        Rule(product: "QueueFlowJobs", forbidden: clibraries.union(servers).union(["AsyncHTTPClient", "NIOCore"])),
        Rule(product: "QueueFlowClient", forbidden: clibraries.union(servers)),
        Rule(product: "QueueFlowWorker", forbidden: stores.union(["CLibPQ", "CHiredis", "Crypto"])),
        Rule(product: "QueueFlowTesting", forbidden: stores.union(["CLibPQ", "CHiredis", "Crypto", "JobService"])),
        Rule(
            product: "QueueFlowEncryption",
            forbidden: clibraries.union(servers).union(["AsyncHTTPClient", "NIOCore", "QueueFlowWorker"])
        ),
        Rule(product: "queueflow", forbidden: clibraries.union(stores)),
    ]

    @Test(arguments: rules)
    func aLibraryBringsAlongWhatItNeedsAndNoMore(_ rule: Rule) async throws {
        let package = try await PackageDescription.read()
        let needed = try #require(package.dependencies(of: rule.product), "there is no such product")
        #expect(needed.intersection(rule.forbidden).sorted() == [])
    }

    /// That the rules can fail: what has all of it is found out.
    @Test func whatIsNeededDeepDownIsSeen() async throws {
        let needed = try #require(try await PackageDescription.read().dependencies(of: "job-service"))
        #expect(needed.isSuperset(of: Self.clibraries.union(Self.servers).subtracting(["HummingbirdCore"])))
    }
}

/// The manifest as `swift package dump-package` tells it.
struct PackageDescription: Decodable {
    struct Product: Decodable {
        var name: String
        var targets: [String]
    }

    struct Target: Decodable {
        var name: String
        var dependencies: [Dependency]
    }

    /// `{"byName": ["Kafka", null]}`, `{"product": ["Logging", "swift-log", ...]}` or `{"target": ["Kafka", null]}`.
    struct Dependency: Decodable {
        var name: String

        init(from decoder: any Decoder) throws {
            let kinds = try decoder.singleValueContainer().decode([String: [Part]].self)
            name = kinds.values.first?.first?.text ?? ""
        }
    }

    /// An entry of such a list, of which only the first one is a name.
    struct Part: Decodable {
        var text: String?

        init(from decoder: any Decoder) throws {
            text = try? decoder.singleValueContainer().decode(String.self)
        }
    }

    var products: [Product]
    var targets: [Target]

    /// Asks the package manager, in a scratch folder of its own, as this package's is in use while its tests run.
    static func read() async throws -> PackageDescription {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let scratch = FileManager.default.temporaryDirectory.appending(path: "queueflow-package-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let result = try await Subprocess.run(
            .name("swift"),
            arguments: ["package", "--package-path", root.path, "--scratch-path", scratch.path, "dump-package"],
            output: .data(limit: 8 << 20),
            error: .string(limit: 1 << 20)
        )
        try #require(result.terminationStatus.isSuccess, "\(result.standardError)")
        return try JSONDecoder().decode(PackageDescription.self, from: result.standardOutput)
    }

    /// Everything that a product's targets depend on, directly or not, themselves included; nil when there is no such product.
    func dependencies(of product: String) -> Set<String>? {
        guard let product = products.first(where: { $0.name == product }) else { return nil }
        let known = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0.dependencies.map(\.name)) })
        var found: Set<String> = []
        var rest = product.targets
        while let next = rest.popLast() {
            if found.insert(next).inserted { rest += known[next] ?? [] }
        }
        return found
    }
}
