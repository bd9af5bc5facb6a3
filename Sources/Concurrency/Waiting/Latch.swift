import Synchronization

/// Something that happens once, and that any number of tasks wait for.
package final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiters = WaiterQueue<Void>()
    }

    private let state = Mutex(State())

    /// It has not happened yet.
    package init() {}

    /// Whether it has happened.
    package var isOpen: Bool { state.withLock { $0.isOpen } }

    /// It happens.
    package func open() {
        state.withLock { state in
            state.isOpen = true
            return state.waiters.removeAll()
        }.resume()
    }

    /// Waits until it has happened, or the task is cancelled.
    ///
    /// - Parameter heedsCancellation: `false` waits on although the task is cancelled.
    package func wait(heedsCancellation: Bool = true) async {
        await state.wait(in: \.waiters, heedsCancellation: heedsCancellation) { $0.isOpen }
    }
}
