/// What a run found, for people.
struct Report: Sendable {
    var seed: UInt64
    var duration: Duration
    var observations: Workload.Observations
    var evidence: Evidence
    var settled: Double
    var findings: [Finding]

    /// Whether every promise was kept.
    var isClean: Bool { findings.allSatisfy(\.violations.isEmpty) }

    /// At most so many violations of one promise are written out.
    private static let shown = 10

    var text: String {
        var blows: [Fault.Kind: Int] = [:]
        for blow in evidence.blows { blows[blow.fault.kind, default: 0] += 1 }
        let kinds = Fault.Kind.allCases.map { "\($0.rawValue) \(blows[$0, default: 0])" }.joined(separator: ", ")
        let starts = evidence.ledger.count { $0.event == .start }
        let repeats = observations.repeats.sorted { $0.key < $1.key }
            .map { $0.key == 0 ? "\($0.value) without an answer" : "\($0.value) answered \($0.key)" }
            .joined(separator: ", ")
        var lines = [
            "seed \(seed), \(duration.inSeconds) s; faults: \(kinds)",
            """
            \(evidence.accepted.count) jobs accepted, \(starts) runs, \(observations.cancellations) cancelled; \(observations.batches) \
            batches, \(observations.batchesWithoutAnswer) without an answer; \(evidence.pauses.count) pauses
            """,
            "requests repeated: \(repeats)",
            "settled \(settled.tenths) s after the last fault",
        ]
        for finding in findings {
            let verdict = finding.violations.isEmpty ? "ok    " : "BROKEN"
            let figure = finding.figure.map { "; \($0)" } ?? ""
            lines.append(
                "\(verdict) \(finding.number). \(finding.promise): \(finding.checked) \(finding.unit)\(figure)"
            )
            lines += finding.violations.prefix(Self.shown).map { "         \($0)" }
            if finding.violations.count > Self.shown {
                lines.append("         and \(finding.violations.count - Self.shown) more")
            }
        }
        return lines.joined(separator: "\n")
    }
}

/// What became of one promise.
struct Finding: Sendable {
    /// The invariant's number in docs/guarantees.md.
    var number: Int
    var promise: String
    /// How many cases were held against it, and of what.
    var checked: Int
    var unit: String
    /// What broke it, in words.
    var violations: [String] = []
    /// A figure worth printing.
    var figure: String?
}
