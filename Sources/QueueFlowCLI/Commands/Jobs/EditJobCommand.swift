import ArgumentParser
import Formats

/// `queueflow jobs edit`: changes a job that waits.
struct EditJobCommand: CallCommand {
    static let configuration = CommandConfiguration(
        commandName: "edit",
        abstract: "Change a job that has not started: what is given takes the place of what it has."
    )

    @Argument(help: "The job.") var id: String

    @Option(help: ArgumentHelp("The payload: JSON, @FILE, or - for standard input.", valueName: "json"))
    var payload: JSONArgument?

    @Option(help: ArgumentHelp("Its priority: critical, high, normal or low.", valueName: "priority"))
    var priority: String?

    @Option(help: ArgumentHelp("A tag instead of those it has; may be given several times.", valueName: "word"))
    var tag: [String] = []

    @Flag(help: "Take its tags away.")
    var noTags = false

    @Option(help: ArgumentHelp("How many attempts it has.", valueName: "number"))
    var maxAttempts: Int?

    @Option(help: ArgumentHelp("How long one attempt may take, such as 30s or 5m.", valueName: "time"))
    var attemptTimeout: Seconds?

    @Flag(help: "Take the limit of an attempt's time away.")
    var noAttemptTimeout = false

    @Option(help: ArgumentHelp("When it is tried again, as JSON; null for the usual rule.", valueName: "json"))
    var retry: JSONArgument?

    @Option(
        help: ArgumentHelp(
            "When it is due, if it is scheduled or retrying: RFC 3339, or from now, such as 2h.",
            valueName: "time"
        )
    )
    var runAt: Moment?

    @OptionGroup(title: "Output") var output: OutputOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        if noTags, !tag.isEmpty { throw ValidationError("--tag and --no-tags exclude each other") }
        if noAttemptTimeout, attemptTimeout != nil {
            throw ValidationError("--attempt-timeout and --no-attempt-timeout exclude each other")
        }
    }

    func call() async throws {
        var members = Members()
        if let payload { members.add("payload", raw: try await payload.bytes(of: "--payload")) }
        members.add("priority", priority)
        if noTags || !tag.isEmpty { members.add("tags", tag) }
        members.add("max_attempts", maxAttempts)
        members.add("timeout", attemptTimeout?.value)
        if noAttemptTimeout { members.add("timeout", raw: Array("null".utf8)) }
        if let retry { members.add("retry", raw: try await retry.bytes(of: "--retry")) }
        members.add("execute_at", runAt?.text(after: Surroundings.current.now()))
        guard !members.isEmpty else {
            throw CommandFailure(.usage, "nothing to change was given; see: queueflow jobs edit --help")
        }
        let job = try await connection.client().send(APICall(.patch, Noun.jobs.path(of: id), members: members)).json()
        try output.printer(for: .jobs).print(job)
    }
}
