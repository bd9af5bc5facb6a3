import Foundation

/// Where a command tells what it does.
struct Console: Sendable {
    private let output: @Sendable (String) -> Void

    /// A console that hands each line to a closure.
    init(_ output: @escaping @Sendable (String) -> Void) {
        self.output = { output($0.hasSuffix("\n") ? String($0.dropLast()) : $0) }
    }

    /// A console that hands text as it comes, with what ends its lines, to a closure.
    static func raw(_ output: @escaping @Sendable (String) -> Void) -> Console { Console(text: output) }

    private init(text output: @escaping @Sendable (String) -> Void) { self.output = output }

    /// Standard output; every line is out at once, also into a pipe. When nobody reads it any more the program ends, as by SIGPIPE; when it cannot
    /// be written for another reason, such as a full disk, the program says so and has failed.
    static let standard = Console.raw { text in
        let problem = write(text, to: STDOUT_FILENO)
        guard problem != 0 else { return }
        if problem == EPIPE { exit(128 + SIGPIPE) }
        standardError.line("Error: cannot write output: \(String(cString: strerror(problem)))")
        exit(CommandStatus.failure.rawValue)
    }

    /// Standard error.
    static let standardError = Console.raw { text in _ = write(text, to: STDERR_FILENO) }

    /// Writes all of a text, also where a descriptor does not block.
    ///
    /// - Returns: 0, or the number of the error.
    static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                bytes = bytes.dropFirst(count)
            } else if errno == EAGAIN {
                var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    func line(_ text: String = "") { output(text + "\n") }

    /// Text that ends no line.
    func text(_ text: String) { output(text) }

    /// A line about a service: its name in a column of its own.
    func service(_ service: StackService, _ text: String) {
        line("  " + service.rawValue.padding(toLength: 13, withPad: " ", startingAt: 0) + text)
    }
}

extension Duration {
    /// The duration in seconds with two digits, or in whole milliseconds when it is short: `1.24 s`, `35 ms`.
    var brief: String {
        let milliseconds = Int64((self / .milliseconds(1)).rounded())
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let hundredths = (milliseconds + 5) / 10
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction) s"
    }
}
