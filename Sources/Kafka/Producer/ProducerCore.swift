import Concurrency
import Logging
import Synchronization

/// What is behind a ``KafkaProducer``: the engine of the moment and the senders that wait for room in it.
///
/// The engine's thread keeps the core alive, not the public object, so that a producer which its owner forgets is
/// noticed and ended.
final class ProducerCore: Sendable {
    private enum Phase {
        case running(ProducerEngine)
        /// The engine ended with a fatal error and the next one is being made.
        case replacing
        /// The next engine could not be made.
        case broken(KafkaError)
        /// No more records are taken; the engine is nil once it has ended.
        case closing(ProducerEngine?)
    }

    private struct State {
        var phase: Phase
        var admission = AdmissionQueue<CheckedContinuation<Void, Never>>()
        var idleWaiters = WaiterQueue<Bool>()
        var closers = WaiterQueue<Void>()
        var liveHandles = 0

        var isIdle: Bool {
            switch phase {
            case .running(let engine): engine.isIdle
            case .closing(let engine): engine?.isIdle ?? true
            case .replacing, .broken: true
            }
        }

        var isRunning: Bool {
            if case .running = phase { true } else { false }
        }

        /// Whether a waiting sender will get a turn: once the producer ends, or is broken, nobody gives turns.
        var canWait: Bool {
            switch phase {
            case .running, .replacing: true
            case .broken, .closing: false
            }
        }

        /// Whether the end has come.
        var hasEnded: Bool {
            if case .closing(nil) = phase { liveHandles == 0 } else { false }
        }
    }

    /// What a sender is to do next.
    private enum Step {
        case produce(ProducerEngine, epoch: UInt64)
        case wait(epoch: UInt64)
        case fail(KafkaError)
    }

    private let configuration: KafkaProducerConfiguration
    private let logger: Logger
    private let state = Mutex(State(phase: .replacing))

    init(configuration: KafkaProducerConfiguration, logger: Logger) throws(KafkaError) {
        self.configuration = configuration
        self.logger = logger
        install(try makeEngine())
    }

    /// Hands a batch over, waiting for room as often as it takes; records that cannot be handed over fail.
    func enqueue(_ records: [ProducerRecord], into batch: DeliveryBatch) async {
        let ticket = state.withLock { $0.admission.takeTicket() }
        var next = 0
        var isNewcomer = true
        while next < records.count {
            switch nextStep(isNewcomer: isNewcomer) {
            case .produce(let engine, let epoch):
                switch engine.produce(records, from: next, into: batch) {
                case .done:
                    next = records.count
                case .full(let index), .ended(let index):
                    next = index
                    await wait(ticket, seen: epoch, behindOthers: false)
                }
            case .wait(let epoch):
                await wait(ticket, seen: epoch, behindOthers: isNewcomer)
            case .fail(let error):
                for index in next..<records.count { batch.settle(index, .failure(error)) }
                next = records.count
            }
            isNewcomer = false
        }
        state.withLock { $0.admission.passTurn() }?.resume()
    }

    /// Hands over as much of a batch as there is room for now; the rest fails.
    func post(_ records: [ProducerRecord], into batch: DeliveryBatch) {
        let engine: ProducerEngine? = state.withLock { state in
            if case .running(let engine) = state.phase { engine } else { nil }
        }
        let (rest, code): (Int, KafkaErrorCode) =
            switch engine?.produce(records, from: 0, into: batch) {
            case .done: (records.count, .queueFull)
            case .full(let index), .ended(let index): (index, .queueFull)
            case nil: (0, .closed)
            }
        for index in rest..<records.count {
            let subject = "topic \(records[index].topic)"
            batch.settle(index, .failure(KafkaError(code: code, operation: .deliver, subject: subject)))
        }
    }

    private func nextStep(isNewcomer: Bool) -> Step {
        if Task.isCancelled { return .fail(KafkaError(code: .cancelled, operation: .deliver)) }
        return state.withLock { state in
            switch state.phase {
            case .running where isNewcomer && state.admission.hasWaiters: .wait(epoch: state.admission.epoch)
            case .running(let engine): .produce(engine, epoch: state.admission.epoch)
            case .replacing: .wait(epoch: state.admission.epoch)
            case .broken(let error): .fail(error)
            case .closing: .fail(KafkaError(code: .closed, operation: .deliver))
            }
        }
    }

    /// Waits for a turn.
    ///
    /// - Parameters:
    ///   - ticket: the sender's place.
    ///   - epoch: the epoch in which it found that it has to wait.
    ///   - behindOthers: whether it waits only because others do; if they are gone, nobody would pass a turn on to it.
    private func wait(_ ticket: UInt64, seen epoch: UInt64, behindOthers: Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = state.withLock { state in
                    // A cancellation from here on finds the ticket; one before is seen now.
                    guard state.canWait, !Task.isCancelled else { return false }
                    if behindOthers && state.isRunning && !state.admission.hasWaiters { return false }
                    return state.admission.wait(ticket, seen: epoch, continuation)
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.admission.cancel(ticket) }?.resume()
        }
    }
}

// MARK: - The engine's life

extension ProducerCore {
    private func makeEngine() throws(KafkaError) -> ProducerEngine {
        try ProducerEngine(
            configuration: configuration,
            logger: logger,
            callbacks: ProducerEngine.Callbacks(
                roomWasMade: { isIdle in self.roomWasMade(isIdle: isIdle) },
                ended: { fatal in self.engineEnded(fatal) }
            )
        )
    }

    private func install(_ engine: ProducerEngine) {
        engine.handle.notifyWhenDestroyed { self.handleDestroyed() }
        let waiter = state.withLock { state in
            state.liveHandles += 1
            if case .closing = state.phase {
                state.phase = .closing(engine)
                engine.stop()
                return CheckedContinuation<Void, Never>?.none
            }
            state.phase = .running(engine)
            return state.admission.roomWasMade()
        }
        waiter?.resume()
    }

    private func roomWasMade(isIdle: Bool) {
        let (next, idle) = state.withLock { state in
            (state.admission.roomWasMade(), isIdle ? state.idleWaiters.removeAll() : .none)
        }
        next?.resume()
        idle.resume(returning: true)
    }

    /// Called on the thread of the engine that ended, once all its records have outcomes.
    private func engineEnded(_ fatal: KafkaError?) {
        let isClosing = state.withLock { state in
            if case .closing = state.phase {
                state.phase = .closing(nil)
                return true
            }
            state.phase = .replacing
            return false
        }
        guard !isClosing else { return }
        let cause = fatal.map { "\($0)" } ?? ""
        logger.error("producer lost its handle and makes a new one", metadata: ["error": "\(cause)"])
        do {
            install(try makeEngine())
        } catch {
            let waiters = state.withLock { state in
                if case .replacing = state.phase { state.phase = .broken(error) }
                return state.admission.removeAll()
            }
            for waiter in waiters { waiter.resume() }
        }
    }

    private func handleDestroyed() {
        state.withLock { state in
            state.liveHandles -= 1
            return state.hasEnded ? state.closers.removeAll() : .none
        }.resume()
    }
}

// MARK: - Flushing and closing

extension ProducerCore {
    /// The engine of the moment.
    var engine: ProducerEngine? {
        state.withLock { state in
            switch state.phase {
            case .running(let engine): engine
            case .closing(let engine): engine
            case .replacing, .broken: nil
            }
        }
    }

    /// Waits until no record is outstanding, at most for the time given; returns whether it came to that.
    func flush(timeout: Duration) async -> Bool {
        if state.withLock({ $0.isIdle }) { return true }
        return await withTimeLimit(timeout) {
            await self.state.wait(in: \.idleWaiters, ifCancelled: false) { $0.isIdle ? true : nil }
        } ?? false
    }

    /// Takes no more records, waits for outstanding ones up to the close timeout, gives up the rest and frees the handle.
    func close() async {
        refuseRecords()
        _ = await flush(timeout: configuration.closeTimeout)
        engine?.stop()
        await state.wait(in: \.closers, heedsCancellation: false) { $0.hasEnded }
    }

    /// Ends without waiting, for a producer that was dropped.
    func abandon() {
        refuseRecords()
        engine?.stop()
    }

    private func refuseRecords() {
        let waiters = state.withLock { state in
            switch state.phase {
            case .running(let engine): state.phase = .closing(engine)
            case .replacing, .broken: state.phase = .closing(nil)
            case .closing: break
            }
            return state.admission.removeAll()
        }
        for waiter in waiters { waiter.resume() }
    }
}
