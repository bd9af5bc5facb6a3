import Concurrency
import Logging
import Synchronization

/// The connection's own actor: it runs on a ``DescriptorLoop``, connects, sends what is queued and hands out replies.
actor RedisDriver {
    private nonisolated let configuration: RedisConfiguration
    private nonisolated let loop: DescriptorLoop
    private nonisolated let logger: Logger
    private nonisolated let queue: LockedQueue
    /// Raised when there is something to send or the driver shall stop.
    private nonisolated let signal: WakeSignal
    private nonisolated let isStopping = Atomic<Bool>(false)

    init(_ configuration: RedisConfiguration, queue: LockedQueue, on loop: DescriptorLoop, logger: Logger) {
        self.configuration = configuration
        self.queue = queue
        self.loop = loop
        self.logger = logger
        signal = loop.makeSignal()
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.unownedExecutor }

    /// Lets the commands in flight be answered, within the command time-out, and ends ``run()``.
    nonisolated func stop() {
        isStopping.store(true, ordering: .releasing)
        queue.close(reason: "it has been shut down")
        signal.raise()
    }

    private var mustStop: Bool { isStopping.load(ordering: .acquiring) }

    /// Keeps a connection until stopped or cancelled.
    func run() async {
        var backoff = Backoff(
            first: configuration.firstReconnectDelay,
            longest: configuration.longestReconnectDelay
        )
        while !mustStop, !Task.isCancelled {
            do {
                let link = try await connect()
                backoff.reset()
                logger.debug("connected to Redis", metadata: ["server": "\(configuration)"])
                try await serve(link)
            } catch is CancellationError {
                break
            } catch {
                logger.warning("not connected to Redis", metadata: ["error": "\(error)"])
                queue.fail("\(error)")
                await pause(backoff.next())
            }
        }
        queue.fail("it has been shut down")
    }

    private func pause(_ delay: Duration) async {
        let end = ContinuousClock.now + delay
        while !mustStop {
            let outcome = await loop.wait(for: nil, until: end, signal: signal)
            guard outcome == .signalled else { return }
        }
    }

    private func connect() async throws -> HiredisLink {
        let deadline = ContinuousClock.now + configuration.connectTimeout
        let addresses: [String]
        do {
            addresses = try await HostResolver.addresses(of: configuration.host, on: loop, until: deadline)
        } catch let failure as HostResolver.Failure {
            throw RedisError.notConnected(reason: "\(failure)")
        }
        var failure = RedisError.notConnected(reason: "the host has no address")
        for (index, address) in addresses.enumerated() {
            let share = ContinuousClock.now.duration(to: deadline) / (addresses.count - index)
            do {
                let link = try HiredisLink(address: address, port: configuration.port)
                let greeting = Greeting(link: link, loop: loop, deadline: .now + share)
                try await greeting.complete(configuration)
                return link
            } catch let error as RedisError {
                failure = error
            }
        }
        throw failure
    }

    private func serve(_ link: HiredisLink) async throws {
        guard queue.open(signal, unless: { isStopping.load(ordering: .acquiring) }) else { return }
        var hasUnsent = false
        var stopDeadline: ContinuousClock.Instant?
        while true {
            if mustStop {
                let limit = stopDeadline ?? .now + configuration.commandTimeout
                stopDeadline = limit
                if queue.isEmpty || limit <= .now { return }
            }
            if !hasUnsent {
                let bytes = queue.takeOutgoing()
                if !bytes.isEmpty {
                    try link.queue(bytes)
                    hasUnsent = true
                }
            }
            if hasUnsent { hasUnsent = try link.write() }
            try queue.expire(configuration)
            let outcome = await loop.wait(
                for: link.socket,
                hasUnsent ? [.read, .write] : .read,
                until: [queue.nextDeadline, stopDeadline].compactMap(\.self).min(),
                signal: signal
            )
            switch outcome {
            case .cancelled: throw CancellationError()
            case .ready(let ready) where ready.contains(.read):
                try link.read()
                while let reply = try link.nextReply() { try queue.answer(reply) }
            case .ready, .signalled, .timedOut: break
            }
        }
    }
}
