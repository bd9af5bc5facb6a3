import Foundation
import TestSupport
import Testing

/// What is fetched is pinned, and what a release is made of is written down.
@Suite(.timeLimit(.minutes(1)))
struct SupplyChainTests {
    private static let commit = "3d3c42e5aac5ba805825da76410c181273ba90b1"

    @Test func everythingThatIsFetchedIsPinned() throws {
        let (output, status) = try run("deploy/dev/pins", [])
        #expect(status == 0, "\(output)")
    }

    @Test(arguments: [
        (".github/workflows/a.yml", "      - uses: actions/checkout@v4", false),
        (".github/workflows/a.yml", "      - uses: actions/checkout@\(commit)", false),
        (".github/workflows/a.yml", "      - uses: actions/checkout@\(commit.dropLast()) # v7.0.1", false),
        (".github/workflows/a.yml", "      - uses: docker://alpine:3", false),
        (".github/actions/a/action.yml", "    uses: a/b/c@main", false),
        (".github/workflows/a.yml", "      - uses: actions/checkout@\(commit) # v7.0.1", true),
        (".github/workflows/a.yml", "      - uses: ./.github/actions/a", true),
        (".github/workflows/a.yml", "      # uses: actions/checkout@v4", true),
        ("deploy/dev/a", "python3 -m pip install --quiet requests==2.0", false),
        (".github/workflows/a.yml", "      - run: pip install requests", false),
        ("deploy/dev/a", "python3 -m pip install --require-hashes --requirement a.txt", true),
        ("Package.swift", #".package(url: "https://example.org/a", from: "1.0.0"),"#, false),
        ("A/Package.swift", #".package(url: "https://example.org/a", branch: "main"),"#, false),
        ("Package.swift", #".package(url: "https://example.org/a", .upToNextMinor(from: "1.0.0")),"#, true),
    ])
    func whatIsNotPinnedIsFound(_ path: String, _ line: String, isPinned: Bool) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pins-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data("\(line)\n".utf8).write(to: file)
        let (output, status) = try run("deploy/dev/pins", [folder.path])
        #expect((status == 0) == isPinned, "\(output)")
        #expect(output.contains(line.trimmingCharacters(in: .whitespaces)) != isPinned)
    }

    /// The part of an SPDX document that is looked at.
    private struct Bill: Decodable {
        struct Package: Decodable {
            struct Reference: Decodable { var referenceLocator: String }
            var SPDXID, name, versionInfo: String
            var externalRefs: [Reference]
        }
        struct Relationship: Decodable { var spdxElementId, relationshipType, relatedSpdxElement: String }
        var spdxVersion: String
        var packages: [Package]
        var relationships: [Relationship]
    }

    private struct Resolved: Decodable {
        struct Pin: Decodable {
            struct State: Decodable { var version: String? }
            var identity: String
            var state: State
        }
        var pins: [Pin]
    }

    @Test func aReleaseNamesAllItIsMadeOf() throws {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let programs = ["job-service", "worker"].map {
            URL(filePath: own).deletingLastPathComponent().appending(path: $0).path
        }
        let (output, status) = try run("deploy/dev/sbom", ["1.2.3"] + programs)
        try #require(status == 0, "\(output)")
        let bill = try JSONDecoder().decode(Bill.self, from: Data(output.utf8))
        #expect(bill.spdxVersion == "SPDX-2.3")
        let packages = Dictionary(bill.packages.map { ($0.name, $0) }) { first, _ in first }
        let resolved = try JSONDecoder().decode(
            Resolved.self,
            from: Data(contentsOf: Script.repository.appending(path: "Package.resolved"))
        )
        #expect(resolved.pins.count > 20)
        for pin in resolved.pins {
            #expect(packages[pin.identity]?.versionInfo == pin.state.version, "\(pin.identity)")
        }
        #expect(packages["queueflow"]?.versionInfo == "1.2.3")
        // The libraries that the programs load, where they come from Debian's packages.
        for name in ["librdkafka1", "libpq5", "libnghttp2-14", "libc6"] {
            let locator = packages[name]?.externalRefs.first?.referenceLocator ?? ""
            #expect(locator.hasPrefix("pkg:deb/debian/\(name)@"), "\(name)")
        }
        let ids = Set(bill.packages.map(\.SPDXID))
        #expect(ids.count == bill.packages.count)
        let needed = bill.relationships.filter { $0.relationshipType == "DEPENDS_ON" }.map(\.relatedSpdxElement)
        #expect(Set(needed).union([packages["queueflow"]?.SPDXID ?? ""]) == ids)
    }

    private func run(_ script: String, _ arguments: [String]) throws -> (output: String, status: Int32) {
        let process = Process()
        process.executableURL = Script.repository.appending(path: script)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (String(decoding: output, as: UTF8.self), process.terminationStatus)
    }
}
