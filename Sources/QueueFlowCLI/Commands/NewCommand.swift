import ArgumentParser
import Foundation

/// `queueflow new`: what a project of one's own begins with.
struct NewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new",
        abstract: "Begin a project of your own.",
        subcommands: [NewWorkerCommand.self]
    )
}

/// `queueflow new worker`: a Swift package with a worker, which builds and whose tests pass.
struct NewWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Make a Swift package with a worker: one job, its handler, a program that submits it, and tests.",
        discussion: """
            QueueFlow comes from the repository that this queueflow was built from, at the same commit; docs/handlers.md tells how to \
            go on.
            """
    )

    @Argument(
        help: ArgumentHelp("The package's directory, after whose last part the worker is called.", valueName: "name"),
        completion: .directory
    )
    var name: String

    @Option(
        help: ArgumentHelp("Take QueueFlow from a checkout in this directory.", valueName: "directory"),
        completion: .directory
    )
    var path: String?

    @Option(help: ArgumentHelp("Take QueueFlow from this repository, with --revision.", valueName: "url"))
    var url: String?

    @Option(help: ArgumentHelp("The commit of --url.", valueName: "commit"))
    var revision: String?

    func validate() throws {
        if (url == nil) != (revision == nil) { throw ValidationError("--url and --revision go together") }
        if path != nil, url != nil { throw ValidationError("--path and --url exclude each other") }
    }

    func run() async throws {
        try await make(console: .standard)
    }

    /// Makes the package and tells how to go on.
    func make(console: Console) async throws {
        let directory = URL(filePath: name, directoryHint: .isDirectory).standardizedFileURL
        let called = try WorkerName(directory.lastPathComponent)
        let source: PackageSource
        if let path {
            source = try .checkout(path, for: directory)
        } else if let url, let revision {
            source = .repository(url: url, revision: revision)
        } else {
            source = try await .ofProgram(in: UpCommand.ownDirectory)
        }
        let there = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        guard there.isEmpty else { throw NewWorkerError.notEmpty(directory.path) }
        for (path, text) in WorkerPackage(name: called, source: source).files {
            let file = directory.appending(path: path)
            do {
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
                try text.write(to: file, atomically: true, encoding: .utf8)
            } catch {
                throw StackError.file(path: file.path, reason: error.localizedDescription)
            }
        }
        let origin =
            switch source {
            case .directory(let path): path
            case .repository(let url, let revision): "\(url) at \(revision.prefix(12))"
            }
        console.line(
            """
            Made the worker \(called.module) in \(directory.path); QueueFlow comes from \(origin). Go on with:
              cd \(EnvironmentFile.quoted(name))
              swift test
              eval "$(queueflow env)" && swift run \(called.module)
            """
        )
    }
}
