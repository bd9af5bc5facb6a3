import Foundation

/// Which ends of the program a person has in front of them.
struct Terminal: Sendable, Hashable {
    /// Whether standard input is a terminal, so that something can be asked.
    var asks = false
    /// Whether standard output is one.
    var showsOutput = false
    /// Whether standard error is one.
    var showsNotes = false
    /// Whether what is written to standard output may have colours.
    var hasColours = false
    /// How many columns it has; nil when there is none.
    var width: Int?

    /// That of this process. `NO_COLOR` and `TERM=dumb` forbid colours, `CLICOLOR_FORCE` has them anywhere.
    static var ofProcess: Terminal {
        let environment = ProcessInfo.processInfo.environment
        let shows = isatty(STDOUT_FILENO) == 1
        return Terminal(
            asks: isatty(STDIN_FILENO) == 1,
            showsOutput: shows,
            showsNotes: isatty(STDERR_FILENO) == 1,
            hasColours: allowsColours(environment, isTerminal: shows),
            width: shows ? size(of: STDOUT_FILENO)?.width : nil
        )
    }

    /// Whether there are to be colours (https://no-color.org, https://bixense.com/clicolors).
    static func allowsColours(_ environment: [String: String], isTerminal: Bool) -> Bool {
        if environment["NO_COLOR"]?.isEmpty == false { return false }
        if let forced = environment["CLICOLOR_FORCE"], !forced.isEmpty, forced != "0" { return true }
        return isTerminal && environment["TERM"] != "dumb"
    }

    /// How many columns and rows a terminal has.
    static func size(of descriptor: Int32) -> (width: Int, height: Int)? {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
        return (Int(size.ws_col), Int(size.ws_row))
    }
}

/// A way in which a terminal shows text.
enum Style: String, Sendable {
    case bold = "1"
    case dim = "2"
    case inverse = "7"
    case red = "31"
    case green = "32"
    case yellow = "33"
    case blue = "34"
    case cyan = "36"

    /// The text in this style, ended behind it.
    func callAsFunction(_ text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }

    /// The style of a job's, operation's or check's state; nil for the usual one.
    static func ofState(_ state: String) -> Style? {
        switch state {
        case "completed", "done", "ok", "active", "ready": .green
        case "running": .cyan
        case "retrying", "warn", "slow", "suspended", "stopped", "paused", "draining": .yellow
        case "dead", "failed", "bad", "away", "deleting": .red
        case "cancelled": .dim
        default: nil
        }
    }
}
