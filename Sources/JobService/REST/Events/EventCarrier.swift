import Concurrency
import JobCore
import JobStore
import Logging
import Postgres
import Synchronization

/// Brings changes of jobs, and that lines were logged, from the processes that made them to the listeners of this one, and the other way.
///
///     resting  --a listener comes-->              opening   (a connection of its own listens for changes)
///     opening  --connected-->                     hearing   (all processes are told who listens; again every 10 s, when asked and when that changes)
///     hearing  --the connection broke-->          broken    (what this process does is told as before)
///     broken   --connected again-->               hearing   (all listeners here are told that they lag: what they missed nobody knows)
///     any      --the last listener leaves-->      resting   (all processes are told; who does not hear it forgets this one after 25 s)
///
/// So from the moment that another process has heard of a listener, each change there is told or the listener is told that it lags, unless
/// that process is killed in the milliseconds between. While nobody listens anywhere, no connection is open for this and nothing is sent.
final class EventCarrier: Sendable {
    private struct State {
        var book = CarrierBook()
        /// Those who wait until something was announced.
        var waiting: [Signal] = []
    }

    /// How long a new listener waits at most until the others know of it.
    private static let patience = Duration.milliseconds(500)
    /// How long to rest when the others could not be told.
    private static let rest = Duration.seconds(1)

    private let store: ChangeStore
    private let listener: PostgresListener
    private let logger: Logger
    private let state = Mutex(State())
    /// Raised when there is something to announce, and when there may be nobody or somebody to listen for.
    private let unannounced: Signal
    private let moved = Signal()
    private let teller: ChangeTeller

    /// A carrier, by PostgreSQL.
    ///
    /// - Parameters:
    ///   - listeners: A listener of ``ChangeStore/listeners``.
    ///   - changes: And one of ``ChangeStore/changes``; it connects while somebody listens here.
    init(store: ChangeStore, listeners: PostgresListener, changes: PostgresListener, logger: Logger) {
        let unannounced = Signal()
        self.unannounced = unannounced
        self.store = store
        listener = changes
        self.logger = logger
        teller = ChangeTeller(store: store, listener: listeners, logger: logger) { unannounced.raise() }
    }

    /// Whether anybody listens at another process. Costs no lock.
    var isHeard: Bool { teller.isHeard }

    /// Says which jobs of a tenant changed through this process.
    func changed(_ jobs: [JobID], of tenant: TenantName) { teller.changed(jobs, of: tenant) }

    /// Says which lines of a tenant's jobs were logged through this process.
    func logged(_ lines: @autoclosure () -> [LoggedLines], of tenant: TenantName) {
        teller.logged(lines(), of: tenant)
    }

    /// A listener came, or left.
    func audienceChanged() {
        moved.raise()
        unannounced.raise()
    }

    /// Waits until the other processes were told of an audience, for a moment at most.
    func settle(for audience: ChangeAudience) async {
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end, !Task.isCancelled {
            let signal = Signal()
            let isTold = state.withLock { state in
                if state.book.isKnown(audience) { return true }
                state.waiting.append(signal)
                return false
            }
            if isTold { return }
            await signal.wait(atMost: ContinuousClock.now.duration(to: end))
        }
    }

    /// What came from another process.
    enum News: Sendable {
        /// Jobs of a tenant changed.
        case changed([JobID], of: TenantName)
        /// Lines of a tenant's jobs were logged.
        case logged([LoggedLines], of: TenantName)
        /// The changes of a tenant were lost; nil stands for everybody's.
        case lost(TenantName?)
    }

    /// Goes on until the task is cancelled.
    ///
    /// - Parameters:
    ///   - audience: Who listens here.
    ///   - tell: Is told what happened elsewhere.
    func run(
        audience: @escaping @Sendable () -> ChangeAudience,
        tell: @escaping @Sendable (News) -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.teller.run() }
            group.addTask { await self.announce(audience) }
            while !Task.isCancelled {
                if audience().isEmpty {
                    await moved.wait()
                } else {
                    await hear(while: { !audience().isEmpty }, tell)
                }
            }
            group.cancelAll()
        }
    }

    private func hear(
        while isWanted: @escaping @Sendable () -> Bool,
        _ tell: @escaping @Sendable (News) -> Void
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await event in self.listener {
                    switch event {
                    case .reconnected:
                        if self.state.withLock({ $0.book.connected() }) { tell(.lost(nil)) }
                        self.unannounced.raise()
                    case .notification(let notification):
                        self.news(notification.payload).map(tell)
                    }
                }
            }
            while isWanted(), !Task.isCancelled { await moved.wait() }
            group.cancelAll()
        }
        state.withLock { $0.book.closed() }
        unannounced.raise()
    }

    /// What a notification says that another process sent.
    private func news(_ text: String) -> News? {
        guard let notice = ChangeNotice(text), notice.service != teller.service else { return nil }
        return switch notice {
        case .changed(let jobs, of: let tenant, by: _): .changed(jobs, of: tenant)
        case .logged(let lines, of: let tenant, by: _): .logged(lines, of: tenant)
        case .lost(let tenant, by: _): .lost(tenant)
        case .listens, .asks: nil
        }
    }

    /// Tells the other processes who listens here: one announcement after the other, each of how it is then.
    private func announce(_ audience: @escaping @Sendable () -> ChangeAudience) async {
        while !Task.isCancelled {
            if state.withLock({ $0.book.isSilent }) {
                await unannounced.wait()
            } else {
                await unannounced.wait(atMost: ChangeTeller.interval)
            }
            let listening = audience()
            guard let present = state.withLock({ $0.book.beginAnnouncement(of: listening) }) else { continue }
            do {
                try await store.announce([.listens(present, by: teller.service)])
                let waiting = state.withLock { state in
                    state.book.announced(present)
                    defer { state.waiting = [] }
                    return state.waiting
                }
                for signal in waiting { signal.raise() }
            } catch {
                logger.debug("other processes could not be told who listens", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: Self.rest)
                unannounced.raise()
            }
        }
    }
}

/// What a carrier remembers of its connection and of what it said. Pure.
struct CarrierBook {
    private var isHearing = false
    /// Whom the other processes were told of last.
    private var announced = ChangeAudience()
    /// Whether they may have been told of others since.
    private var isUnsure = false

    /// Whether the others know, or may believe, of nobody who listens here.
    var isSilent: Bool { announced.isEmpty && !isUnsure }

    /// The connection that hears of changes was made, or made anew.
    ///
    /// - Returns: Whether changes were missed since it was made before.
    mutating func connected() -> Bool {
        defer { isHearing = true }
        return isHearing
    }

    /// The connection was closed, as nobody listens.
    mutating func closed() { isHearing = false }

    /// Whether the others know of an audience.
    func isKnown(_ audience: ChangeAudience) -> Bool { !isUnsure && announced.contains(audience) }

    /// Whom to tell the other processes of; nil when there is nothing to tell. Nobody is told of before what they tell would be heard.
    mutating func beginAnnouncement(of audience: ChangeAudience) -> ChangeAudience? {
        let present = isHearing ? audience : ChangeAudience()
        if present.isEmpty, isSilent { return nil }
        isUnsure = true
        return present
    }

    /// They were told. Until then nobody can know what they know.
    mutating func announced(_ audience: ChangeAudience) {
        (announced, isUnsure) = (audience, false)
    }
}
