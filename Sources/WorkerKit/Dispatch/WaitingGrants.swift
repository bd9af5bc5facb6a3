import DequeModule
import JobCore

/// The runs that were granted and wait for a slot, to be started in the order in which they would have been asked for.
struct WaitingGrants {
    private var runs: [Backlog: Deque<GrantedJob>] = [:]
    private var picker: FairPicker

    /// How many wait.
    private(set) var count = 0

    /// Nothing waits.
    ///
    /// - Parameter heldBack: The types that may be held back.
    init(heldBack: some Collection<JobType>) {
        picker = FairPicker(heldBack: heldBack)
    }

    /// The runs that wait.
    var keys: [RunKey] { runs.values.joined().map(\.key) }

    /// When the one that has waited longest was granted.
    var oldest: ContinuousClock.Instant? { runs.values.compactMap(\.first?.grantedAt).min() }

    mutating func add(_ run: GrantedJob) {
        runs[run.backlog, default: Deque()].append(run)
        picker.add(run.backlog)
        count += 1
    }

    /// Takes the next one of a tenant that may have a slot, and of a type that is not held back.
    mutating func next(_ isAllowed: (TenantName) -> Bool, isHeldBack: (JobType) -> Bool) -> GrantedJob? {
        guard let backlog = picker.next(isAllowed, isHeldBack: isHeldBack), let run = runs[backlog]?.popFirst() else {
            return nil
        }
        dropIfEmpty(backlog)
        count -= 1
        return run
    }

    /// Takes those out that are meant; asks once for each.
    mutating func remove(where isMeant: (GrantedJob) -> Bool) -> [GrantedJob] {
        guard count > 0 else { return [] }
        var all: [GrantedJob] = []
        for (backlog, waiting) in runs {
            var kept = Deque<GrantedJob>()
            for run in waiting {
                if isMeant(run) { all.append(run) } else { kept.append(run) }
            }
            guard kept.count < waiting.count else { continue }
            count -= waiting.count - kept.count
            runs[backlog] = kept
            dropIfEmpty(backlog)
        }
        return all
    }

    private mutating func dropIfEmpty(_ backlog: Backlog) {
        guard runs[backlog]?.isEmpty ?? true else { return }
        runs[backlog] = nil
        picker.remove(backlog)
    }
}
