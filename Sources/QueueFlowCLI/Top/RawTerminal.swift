import Foundation
import Synchronization

/// The terminal while a whole screen is drawn: keys come one by one, and what was there before comes back however the program ends.
///
/// `SIGKILL` alone cannot be answered.
final class RawTerminal: Sendable {
    /// Signals that end the program unless something else was done about them.
    private static let fatal = [SIGHUP, SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE]
    /// Leaves the other screen, shows the cursor and takes styles back.
    private static let restoration: StaticString = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"

    /// What a signal handler finds: written before any is installed, and by one thread.
    nonisolated(unsafe) private static var before = termios()
    private static let isRaw = Atomic(false)

    /// Takes the terminal.
    ///
    /// - Throws: ``CommandFailure`` when there is none.
    init() throws(CommandFailure) {
        guard tcgetattr(STDIN_FILENO, &Self.before) == 0 else {
            throw CommandFailure(
                .usage,
                "this needs a terminal; for a script there are jobs watch, and --watch of the lists"
            )
        }
        atexit { RawTerminal.restore() }
        for number in Self.fatal {
            signal(number) { number in
                RawTerminal.restore()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        take()
    }

    /// Takes the terminal again, as after the program was stopped.
    func take() {
        var raw = Self.before
        raw.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG | IEXTEN)
        raw.c_iflag &= ~tcflag_t(IXON | ICRNL | BRKINT | INPCK | ISTRIP)
        Self.isRaw.store(true, ordering: .sequentiallyConsistent)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw)
        Self.show("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    /// Gives the terminal back.
    func leave() {
        Self.restore()
        for number in Self.fatal { signal(number, SIG_DFL) }
    }

    /// Calls nothing but what a signal handler may call (POSIX, signal-safety).
    private static func restore() {
        guard isRaw.exchange(false, ordering: .sequentiallyConsistent) else { return }
        while Foundation.write(STDOUT_FILENO, restoration.utf8Start, restoration.utf8CodeUnitCount) < 0, errno == EINTR
        {}
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
    }

    /// Draws a whole screen, line by line over what was there.
    func draw(_ lines: [String]) {
        let text = lines.enumerated().map { "\u{1B}[\($0 + 1);1H\($1)\u{1B}[K" }.joined()
        Self.show("\u{1B}[?2026h\(text)\u{1B}[?2026l")
    }

    /// A terminal that is gone is told of by its signal.
    private static func show(_ text: String) { _ = Console.write(text, to: STDOUT_FILENO) }
}
