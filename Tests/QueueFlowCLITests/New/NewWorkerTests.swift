import ArgumentParser
import Foundation
import Testing

@testable import QueueFlowCLI

@Suite struct NewWorkerTests {
    private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../..", directoryHint: .isDirectory).standardizedFileURL

    /// The example is what the command makes, so that CI builds and tests what strangers begin with.
    @Test func theExampleIsWhatIsMade() throws {
        let example = Self.repository.appending(path: "Examples/Mailer", directoryHint: .isDirectory)
        let source = PackageSource.directory("../..")
        let made = WorkerPackage(name: try WorkerName("Mailer"), source: source).files
        for (path, text) in made {
            let there = try? String(contentsOf: example.appending(path: path), encoding: .utf8)
            #expect(there == text, "Examples/Mailer/\(path)")
        }
        for path in ["Sources", "Tests"] {
            let entries = try #require(FileManager.default.enumerator(atPath: example.appending(path: path).path))
            for case let entry as String in entries where entry.hasSuffix(".swift") {
                #expect(made["\(path)/\(entry)"] != nil, "Examples/Mailer/\(path)/\(entry) is not made")
            }
        }
    }

    @Test func nothingOfTheExamplesNameIsLeft() throws {
        let source = PackageSource.repository(url: "https://example.com/queueflow", revision: "abc")
        let files = WorkerPackage(name: try WorkerName("thumbnails"), source: source).files
        for (path, text) in files {
            #expect(!path.lowercased().contains("mailer") && !text.lowercased().contains("mailer"), "\(path)")
        }
        #expect(files["Sources/Thumbnails/Thumbnails.swift"] != nil)
    }

    @Test(arguments: [
        ("Mailer", "Mailer"), ("mailer", "Mailer"), ("mail-sender", "MailSender"), ("mail_sender 2", "MailSender2"),
        ("mailSender", "MailSender"), ("x.y", "XY"),
    ])
    func aModulesNameIsMadeOfWhatSomebodyWrote(_ text: String, _ module: String) throws {
        #expect(try WorkerName(text).module == module)
    }

    @Test(arguments: [
        "", "--", "9lives", "ß", "Worker", "worker", "queue-flow-x", "QueueFlowWorker", "Testing", "send-emails",
    ])
    func whatNoModuleCanBeCalledIsRefused(_ text: String) {
        #expect(throws: NewWorkerError.self) { try WorkerName(text) }
    }

    @Test func theManifestNamesWhereQueueFlowComesFrom() {
        let local = PackageSource.directory("../queue\"flow")
        #expect(local.dependency == #".package(name: "QueueFlow", path: "../queue\"flow")"#)
        #expect(local.package == "QueueFlow")
        for url in [
            "https://example.com/a/queue-flow.git", "git@example.com:a/queue-flow", "git@example.com:queue-flow.git",
        ] {
            let remote = PackageSource.repository(url: url, revision: "abc")
            #expect(remote.dependency == #".package(url: "\#(url)", revision: "abc")"#)
            #expect(remote.package == "queue-flow")
        }
    }

    @Test func aPackageIsMadeOnceInADirectoryOfItsOwn() async throws {
        let parent = FileManager.default.temporaryDirectory.appending(path: "new-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: parent) }
        let directory = parent.appending(path: "mail-sender")
        let command = try #require(
            try NewCommand.parseAsRoot(["worker", directory.path, "--path", Self.repository.path]) as? NewWorkerCommand
        )
        try await command.make(console: Console { _ in })
        let manifest = try String(contentsOf: directory.appending(path: "Package.swift"), encoding: .utf8)
        #expect(manifest.contains(#"path: "\#(Self.repository.path)""#) && manifest.contains(#"name: "MailSender""#))
        await #expect(throws: NewWorkerError.notEmpty(directory.path)) {
            try await command.make(console: Console { _ in })
        }
        await #expect(throws: NewWorkerError.noCheckout(parent.path)) {
            let wrong = try NewWorkerCommand.parse([parent.appending(path: "x").path, "--path", parent.path])
            try await wrong.make(console: Console { _ in })
        }
    }

    /// A checkout that is beside the package is named as somebody named it, whoever clones both.
    @Test func aRelativePathStaysSo() throws {
        let here = URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory)
        let package = here.appending(path: "a/b", directoryHint: .isDirectory)
        try #require(FileManager.default.fileExists(atPath: here.appending(path: "Package.swift").path))
        #expect(try PackageSource.checkout(".", for: package) == .directory("../.."))
    }
}
