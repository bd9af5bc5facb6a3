import Concurrency
import Foundation

/// An actor that lives on a loop.
actor TestActor {
    nonisolated let loop: DescriptorLoop
    private(set) var count = 0

    init(on loop: DescriptorLoop) {
        self.loop = loop
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.unownedExecutor }

    func increment() { count += 1 }

    /// The name of the thread this actor runs on.
    func threadName() -> String? { Self.currentThreadName() }

    static func currentThreadName() -> String? {
        try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8).trimmingCharacters(in: .newlines)
    }

    func wait(
        for descriptor: CInt?,
        _ interest: DescriptorInterest = .read,
        until deadline: ContinuousClock.Instant? = nil,
        signal: WakeSignal? = nil,
        heedsCancellation: Bool = true
    ) async -> WaitOutcome {
        await loop.wait(
            for: descriptor,
            interest,
            until: deadline,
            signal: signal,
            heedsCancellation: heedsCancellation
        )
    }

    /// Reads a byte, adds one, writes it, so many times; the sum of waits of two actors proves that neither starves.
    func bounce(_ times: Int, read source: CInt, write target: CInt) async -> Int {
        for _ in 0..<times {
            guard case .ready = await loop.wait(for: source) else { return -1 }
            var byte: UInt8 = 0
            guard Foundation.read(source, &byte, 1) == 1 else { return -1 }
            guard Foundation.write(target, &byte, 1) == 1 else { return -1 }
            count += 1
        }
        return count
    }
}
