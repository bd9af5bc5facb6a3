import JobCore

/// A run that ended and is to be reported.
struct FinishedRun: Sendable {
    var key: RunKey
    var outcome: RunOutcome.Kind
    /// The claim batch it was granted in; 0 when none is known.
    var batch: Int64 = 0
}

extension RunOutcome.Kind {
    /// Whether the handler returned.
    var isSuccess: Bool {
        if case .success = self { true } else { false }
    }

    /// How many bytes of result it carries.
    var resultBytes: Int {
        if case .success(let result) = self { result?.count ?? 0 } else { 0 }
    }
}
