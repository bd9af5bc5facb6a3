import Foundation
import Synchronization

/// The end of a supervisor's input that this process holds; when it is closed, the supervisor ends its server.
final class Lifeline: Sendable {
    private let descriptor: Mutex<Int32?>

    init(descriptor: Int32) { self.descriptor = Mutex(descriptor) }

    /// Sends a line; does nothing when the supervisor has gone.
    func send(_ line: String) {
        descriptor.withLock { descriptor in
            guard let descriptor else { return }
            let bytes = Array((line + "\n").utf8)
            // A few bytes into an empty socket buffer: they go whole or, with the peer gone, not at all.
            _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    deinit { cut() }

    /// Closes it; a second call does nothing.
    func cut() {
        descriptor.withLock { descriptor in
            if let descriptor { close(descriptor) }
            descriptor = nil
        }
    }
}
