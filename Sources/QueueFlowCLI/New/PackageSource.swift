import Foundation
import LocalServers

/// Where a new package gets QueueFlow from.
enum PackageSource: Sendable, Hashable {
    /// A directory with its sources, as the package's manifest names it.
    case directory(String)
    /// A repository at one commit.
    case repository(url: String, revision: String)

    /// The manifest's line.
    var dependency: String {
        switch self {
        case .directory(let path): #".package(name: "QueueFlow", path: \#(Self.literal(path)))"#
        case .repository(let url, let revision):
            #".package(url: \#(Self.literal(url)), revision: \#(Self.literal(revision)))"#
        }
    }

    /// How the manifest's products name the package: SwiftPM calls one from a repository after the end of its address.
    var package: String {
        switch self {
        case .directory: return "QueueFlow"
        case .repository(let url, _):
            let end = url.split { $0 == "/" || $0 == ":" }.last.map(String.init) ?? url
            return end.hasSuffix(".git") ? String(end.dropLast(4)) : end
        }
    }

    private static func literal(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }

    /// A checkout that somebody names.
    ///
    /// - Parameters:
    ///   - path: Its directory. What is relative stays so, seen from the package.
    ///   - package: The package's directory.
    /// - Throws: ``NewWorkerError/noCheckout(_:)``.
    static func checkout(_ path: String, for package: URL) throws(NewWorkerError) -> PackageSource {
        let directory = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
        guard isQueueFlow(directory) else { throw .noCheckout(directory.path) }
        return .directory(path.hasPrefix("/") ? directory.path : relative(directory, from: package))
    }

    /// What this program was built from: the repository that its checkout was cloned from, at the commit that is checked out; the checkout
    /// itself where it was not cloned.
    ///
    /// - Parameter program: The directory of the program.
    /// - Throws: ``NewWorkerError/noSource`` when it lies in no checkout.
    static func ofProgram(in program: URL) async throws(NewWorkerError) -> PackageSource {
        var directory = program.standardizedFileURL.resolvingSymlinksInPath()
        while !isQueueFlow(directory) {
            if directory.path == "/" { throw .noSource }
            directory.deleteLastPathComponent()
        }
        guard let url = await git(["config", "--get", "remote.origin.url"], in: directory),
            let revision = await git(["rev-parse", "HEAD"], in: directory)
        else { return .directory(directory.path) }
        return .repository(url: url, revision: revision)
    }

    private static func isQueueFlow(_ directory: URL) -> Bool {
        let manifest = try? String(contentsOf: directory.appending(path: "Package.swift"), encoding: .utf8)
        return manifest?.contains(#".library(name: "QueueFlowWorker""#) == true
    }

    /// What a command of git prints; nil if it fails or prints nothing.
    private static func git(_ arguments: [String], in directory: URL) async -> String? {
        guard let program = try? Executables.find("git", package: "git") else { return nil }
        var lines: [String] = []
        try? await LaunchCommand(executable: program, arguments: ["-C", directory.path] + arguments).forEachLine {
            lines.append($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        return lines.first.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The way from one directory to another.
    private static func relative(_ target: URL, from start: URL) -> String {
        let (from, to) = (start.standardizedFileURL.pathComponents, target.pathComponents)
        let common = zip(from, to).prefix { $0 == $1 }.count
        let steps = Array(repeating: "..", count: from.count - common) + to[common...]
        return steps.isEmpty ? "." : steps.joined(separator: "/")
    }
}
