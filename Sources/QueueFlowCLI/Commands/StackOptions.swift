import ArgumentParser
import Foundation

/// Options of the commands that deal with the stack on this machine.
struct StackOptions: ParsableArguments {
    @Option(
        name: .customLong("directory"),
        help: ArgumentHelp(
            "The directory whose .queueflow holds the stack's data, logs and credentials.",
            valueName: "path"
        ),
        completion: .directory
    )
    private var path = "."

    /// The directory that holds `.queueflow`.
    var directory: URL { URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL }

    /// What the stack keeps there.
    var stack: StackDirectory { StackDirectory(in: directory) }
}
