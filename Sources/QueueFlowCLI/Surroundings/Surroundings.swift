import Foundation

/// What a command finds around it: its environment, where it writes, and whether a person is watching.
struct Surroundings: Sendable {
    var environment: [String: String]
    /// The directory in which it was called.
    var directory: URL
    /// Standard output: data.
    var output: Console
    /// Standard error: everything else.
    var notes: Console
    var input: StandardInput
    var terminal: Terminal
    /// The time by this machine's clock.
    var now: @Sendable () -> Date = { Date() }

    /// Those of the command that runs. A test puts others in their place.
    @TaskLocal static var current = Surroundings(
        environment: ProcessInfo.processInfo.environment,
        directory: URL(filePath: FileManager.default.currentDirectoryPath, directoryHint: .isDirectory),
        output: .standard,
        notes: .standardError,
        input: StandardInput(descriptor: STDIN_FILENO),
        terminal: .ofProcess
    )

    /// A note for a person; nobody reads it in a script's log.
    func remark(_ text: String) {
        if terminal.showsNotes { notes.line(text) }
    }
}
