import Synchronization

/// What tasks of a test have noted, and a way for the test to wait until it is enough.
final class Collected<Element: Sendable>: Sendable {
    private let elements = Mutex<[Element]>([])
    private let additions = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    func append(_ element: Element) {
        elements.withLock { $0.append(element) }
        additions.continuation.yield()
    }

    /// What was noted so far.
    func snapshot() -> [Element] { elements.withLock { $0 } }

    /// Waits until what was noted satisfies the condition; one task at a time may wait.
    func wait(until isEnough: ([Element]) -> Bool) async throws {
        if isEnough(snapshot()) { return }
        for await _ in additions.stream where isEnough(snapshot()) { return }
        throw CancellationError()
    }
}
