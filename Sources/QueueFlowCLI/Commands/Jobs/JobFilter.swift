import ArgumentParser

/// Which jobs are meant.
struct JobFilter: ListFilter {
    @Option(help: ArgumentHelp("Those in these states, with commas between them.", valueName: "states"))
    var state: String?

    @OptionGroup var kind: JobKindFilter

    @Option(help: ArgumentHelp("Those of this priority: critical, high, normal or low.", valueName: "priority"))
    var priority: String?

    @Option(help: ArgumentHelp("Those with this tag.", valueName: "tag"))
    var tag: String?

    @Option(
        name: [.customLong("since"), .customLong("created-after")],
        help: ArgumentHelp("Those created at this time or later: 2h (ago), 2026-11-26, or RFC 3339.", valueName: "time")
    )
    var since: Moment?

    @Option(
        name: [.customLong("until"), .customLong("created-before")],
        help: ArgumentHelp("Those created before this time.", valueName: "time")
    )
    var until: Moment?

    @Option(
        help: ArgumentHelp(
            "Those whose last failed attempt was of this kind: error, timeout, lost, no_handler, ...",
            valueName: "kind"
        )
    )
    var errorKind: String?

    @Option(
        help: ArgumentHelp("Those with this in their payload, error or type, in capitals or not.", valueName: "text")
    )
    var text: String?

    @Option(
        help: ArgumentHelp("Those whose payload has this: user.id=42, items.0.sku=A1.", valueName: "path=value")
    )
    var payload: String?

    @Option(help: ArgumentHelp("Those that run at this worker.", valueName: "id"))
    var worker: String?

    @Option(help: ArgumentHelp("The children of this job.", valueName: "id"))
    var parent: String?

    func parameters() -> [APICall.Parameter] {
        let now = Surroundings.current.now()
        let values: [(String, String?)] = [
            ("priority", priority), ("tag", tag), ("created_after", since?.text(before: now)),
            ("created_before", until?.text(before: now)),
            ("error_kind", errorKind), ("text", text), ("payload", payload), ("worker", worker), ("parent", parent),
        ]
        return APICall.Parameter.given([("state", state)]) + kind.parameters() + APICall.Parameter.given(values)
    }
}

/// What jobs and dead letters are narrowed to alike.
struct JobKindFilter: ListFilter {
    @Option(help: ArgumentHelp("Those of this type.", valueName: "type"))
    var type: String?

    @Option(help: ArgumentHelp("Those of this queue.", valueName: "queue"))
    var queue: String?

    @Option(help: ArgumentHelp("Those of this tenant; for administrators.", valueName: "tenant"))
    var tenant: String?

    func parameters() -> [APICall.Parameter] {
        APICall.Parameter.given([("type", type), ("queue", queue), ("tenant", tenant)])
    }
}
