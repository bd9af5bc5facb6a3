import Synchronization

/// A number that any task may raise.
final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .sequentiallyConsistent) }

    func increment() {
        number.add(1, ordering: .sequentiallyConsistent)
    }
}
