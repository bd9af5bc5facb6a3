import ArgumentParser

/// `queueflow dlq`.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dlq",
        abstract: "Dead letters: jobs that will not be tried again by themselves.",
        subcommands: [
            ListCommand<DeadLetterGroupListing>.self, ListCommand<DeadLetterListing>.self,
            BulkCommand<ReplayDeadLetters>.self, BulkCommand<DropDeadLetters>.self,
        ]
    )
}

/// Which dead letters are meant.
struct DeadLetterFilter: ListFilter {
    @OptionGroup var kind: JobKindFilter

    @Option(help: ArgumentHelp("Those of this cause of death, as dlq groups lists them.", valueName: "fingerprint"))
    var fingerprint: String?

    @Option(help: ArgumentHelp("attempts_exhausted, discarded or unhandled.", valueName: "reason"))
    var reason: String?

    @Option(
        name: [.customLong("since"), .customLong("died-after")],
        help: ArgumentHelp(
            "Those that died at this time or later: 2h (ago), 2026-11-26, or RFC 3339.",
            valueName: "time"
        )
    )
    var since: Moment?

    @Option(
        name: [.customLong("until"), .customLong("died-before")],
        help: ArgumentHelp("Those that died before this time.", valueName: "time")
    )
    var until: Moment?

    @Option(help: ArgumentHelp("Those created at this time or later.", valueName: "time"))
    var createdAfter: Moment?

    @Option(help: ArgumentHelp("Those created before this time.", valueName: "time"))
    var createdBefore: Moment?

    func parameters() -> [APICall.Parameter] {
        let now = Surroundings.current.now()
        let values: [(String, String?)] = [
            ("fingerprint", fingerprint), ("reason", reason),
            ("died_after", since?.text(before: now)), ("died_before", until?.text(before: now)),
            ("created_after", createdAfter?.text(before: now)), ("created_before", createdBefore?.text(before: now)),
        ]
        return kind.parameters() + APICall.Parameter.given(values)
    }
}

enum DeadLetterGroupListing: Listing {
    typealias Filter = DeadLetterFilter
    static let noun = Noun.deadLetterGroups
    static let abstract = "List the causes of death, the most frequent first, each with an example."
    static let command = "groups"
}

enum DeadLetterListing: Listing {
    typealias Filter = DeadLetterFilter
    static let noun = Noun.deadLetters
    static let abstract = "List dead letters, the newest first."
}

enum ReplayDeadLetters: BulkAct {
    typealias Filter = DeadLetterFilter
    static let verb = "replay"
    static let abstract = "Run dead jobs again, from their first attempt on."
    static let kind = "retry"
    static let done = "queued"
    static let noun = Noun.deadLetters
    static let fixed = [APICall.Parameter("state", "dead")]
    static func call(_ id: String) -> APICall { RetryJobs.call(id) }
}

enum DropDeadLetters: BulkAct {
    typealias Filter = DeadLetterFilter
    static let verb = "drop"
    static let abstract = "Delete dead jobs."
    static let kind = "delete"
    static let done = "deleted"
    static let warning: String? = "They cannot be brought back."
    static let noun = Noun.deadLetters
    static let fixed = [APICall.Parameter("state", "dead")]
    static func call(_ id: String) -> APICall { APICall(.delete, Noun.deadLetters.path(of: id)) }
}
