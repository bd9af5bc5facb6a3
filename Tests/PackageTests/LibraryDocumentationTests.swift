import Foundation
import Subprocess
import Testing

/// The documentation of the libraries: that DocC builds it without a warning, so that no link leads nowhere and no parameter goes untold, and
/// that every public type has a place under a heading of its library's page.
@Suite(.timeLimit(.minutes(2)))
struct LibraryDocumentationTests {
    /// A library and where its catalogue is.
    struct Library: Sendable, CustomTestStringConvertible {
        var name: String
        var folder: String

        init(_ name: String, folder: String? = nil) {
            (self.name, self.folder) = (name, folder ?? name)
        }

        var testDescription: String { name }
    }

    static let libraries = [
        Library("QueueFlowJobs"), Library("QueueFlowClient"), Library("QueueFlowTesting"),
        Library("QueueFlowEncryption"),
        Library("QueueFlowWorker", folder: "WorkerKit"),
    ]

    /// There is a catalogue for each library that the package offers.
    @Test func everyLibraryHasACatalogue() async throws {
        let products = try await PackageDescription.read().products.map(\.name).filter { $0.hasPrefix("QueueFlow") }
        #expect(products.sorted() == Self.libraries.map(\.name).sorted())
    }

    @Test(arguments: libraries) func itIsWholeAndInOrder(_ library: Library) async throws {
        try await Documentation.build(library) { documentation in
            #expect(documentation.problems == [])
            let uncurated = try documentation.uncurated
            #expect(uncurated == [])
        }
    }

    /// That the test can fail: a catalogue with a dead link, and one that leaves a type out.
    @Test func whatIsWrongIsSeen() async throws {
        let library = Library("QueueFlowJobs")
        let page = try String(
            contentsOf: Documentation.catalogue(of: library).appending(path: "QueueFlowJobs.md"),
            encoding: .utf8
        )
        let dead = page.replacing("``JobDue``", with: "``JobDew``")
        try await Documentation.build(library, page: dead) { documentation in
            #expect(documentation.problems.contains { $0.contains("JobDew") })
        }
        let short = page.replacing("- ``JobDue``\n", with: "")
        try await Documentation.build(library, page: short) { documentation in
            #expect(documentation.problems == [])
            let uncurated = try documentation.uncurated
            #expect(uncurated.map { $0.hasSuffix("/JobDue") } == [true])
        }
    }
}

/// What DocC made of a library.
private struct Documentation {
    /// What DocC has to say, line by line.
    var problems: [String]
    private var library: LibraryDocumentationTests.Library
    private var output: URL

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// Where the build puts its products: beside the test bundle.
    private static let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        .resolvingSymlinksInPath()

    static func catalogue(of library: LibraryDocumentationTests.Library) -> URL {
        root.appending(path: "Sources/\(library.folder)/\(library.name).docc")
    }

    /// Builds a library's documentation and looks at it.
    ///
    /// - Parameter page: What the library's page is to be instead of what it is.
    static func build(
        _ library: LibraryDocumentationTests.Library,
        page: String? = nil,
        _ body: (Documentation) throws -> Void
    ) async throws {
        let files = FileManager.default
        let scratch = files.temporaryDirectory.appending(path: "queueflow-docc-\(UUID().uuidString)")
        defer { try? files.removeItem(at: scratch) }
        let symbols = scratch.appending(path: "symbols")
        try files.createDirectory(at: symbols, withIntermediateDirectories: true)
        let catalogue = scratch.appending(path: "\(library.name).docc")
        try files.copyItem(at: Self.catalogue(of: library), to: catalogue)
        if let page {
            try page.write(to: catalogue.appending(path: "\(library.name).md"), atomically: true, encoding: .utf8)
        }
        let extraction = try await run("swift-symbolgraph-extract", try extraction(of: library, to: symbols))
        try #require(extraction.isSuccess, "\(extraction.text)")
        let output = scratch.appending(path: "output")
        let conversion = try await run(
            "docc",
            [
                "convert", catalogue.path, "--additional-symbol-graph-dir", symbols.path, "--output-path", output.path,
                "--fallback-display-name", library.name, "--fallback-bundle-identifier", "queueflow.\(library.name)",
            ]
        )
        let problems = conversion.text.split(separator: "\n").map(String.init)
            .filter { $0.hasPrefix("warning:") || $0.hasPrefix("error:") || $0.hasPrefix("Error:") }
        try body(Documentation(problems: problems, library: library, output: output))
    }

    private static func extraction(
        of library: LibraryDocumentationTests.Library,
        to folder: URL
    ) throws -> [String] {
        let modules = products.appending(path: "Modules")
        // The C modules that the libraries' modules were built with.
        let build = products.deletingLastPathComponent().deletingLastPathComponent()
        let maps =
            try moduleMaps(in: products) { "\($0)/module.modulemap" }
            + moduleMaps(in: root.appending(path: "Sources")) { "\($0)/module.modulemap" }
            + FileManager.default.contentsOfDirectory(atPath: build.appending(path: "checkouts").path).flatMap {
                try moduleMaps(in: build.appending(path: "checkouts/\($0)/Sources")) {
                    "\($0)/include/module.modulemap"
                }
            }
        return [
            "-module-name", library.name, "-I", modules.path,
            "-target", products.deletingLastPathComponent().lastPathComponent,
            "-minimum-access-level", "public", "-skip-synthesized-members", "-output-dir", folder.path,
        ] + maps.flatMap { ["-Xcc", "-fmodule-map-file=\($0.path)"] }
    }

    private static func moduleMaps(in folder: URL, _ path: (String) -> String) throws -> [URL] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else { return [] }
        return names.sorted().map { folder.appending(path: path($0)) }
            .filter { FileManager.default.fileExists(atPath: $0.path) }
    }

    private static func run(_ name: String, _ arguments: [String]) async throws -> (isSuccess: Bool, text: String) {
        let result = try await Subprocess.run(
            .name(name),
            arguments: Arguments(arguments),
            output: .string(limit: 4 << 20),
            error: .string(limit: 4 << 20)
        )
        return (result.terminationStatus.isSuccess, result.standardOutput + result.standardError)
    }

    /// The public symbols that stand under no heading of the library's page: DocC puts them under headings of its own then.
    var uncurated: [String] {
        get throws {
            struct Page: Decodable {
                struct Topics: Decodable {
                    var identifiers: [String]
                    var generated: Bool?
                }
                var topicSections: [Topics]?
            }
            let page = output.appending(path: "data/documentation/\(library.name.lowercased()).json")
            let topics = try JSONDecoder().decode(Page.self, from: Data(contentsOf: page)).topicSections ?? []
            return topics.filter { $0.generated == true }.flatMap(\.identifiers)
        }
    }
}
