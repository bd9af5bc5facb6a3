import ArgumentParser
import Foundation

/// `chaos run`: one run of the suite.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Break everything for a while, then check every promise.",
        discussion: """
            Starts servers and processes of its own on free ports of 127.0.0.1 and ends them. Faults and jobs follow from the \
            seed. Ends with status 1 when a promise was broken; logs and the ledger are kept then.
            """
    )

    @Option(help: "How long to break things, in seconds.")
    var duration = 120

    @Option(help: "What the faults and the jobs follow from; a random one unless given.")
    var seed: UInt64 = .random(in: 1...999_999)

    @Option(help: "Jobs a second.")
    var rate = 40

    @Flag(help: "Print each fault as it happens.")
    var verbose = false

    func run() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "queueflow-chaos-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let binaries = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        let experiment = Experiment(seed: seed, duration: .seconds(duration), rate: rate, isVerbose: verbose)
        let report = try await experiment.run(binaries: binaries, directory: directory)
        print(report.text)
        guard report.isClean else {
            print("logs and ledger: \(directory.path)")
            throw ExitCode.failure
        }
        try FileManager.default.removeItem(at: directory)
    }
}
