import ArgumentParser
import Foundation

/// `queueflow cron`: what cron expressions mean. It asks no server.
struct CronCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cron",
        abstract: "Try out cron expressions.",
        subcommands: [CronNextCommand.self]
    )
}

/// `queueflow cron next`: the coming instants of a cron expression.
struct CronNextCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "next",
        abstract: "Print when a cron expression fires next, in UTC.",
        discussion: """
            The expression is one argument, so put it in quotes: queueflow cron next '30 9 * * mon-fri' --timezone \
            Europe/Berlin. docs/cron.md describes the grammar.
            """
    )

    @Argument(help: "Five or six fields, a word such as @daily, or '@every 1h30m'.")
    var expression: String

    @Option(help: ArgumentHelp("The IANA time zone of the expression (default: UTC).", valueName: "zone"))
    var timezone: String?

    @Option(
        help: ArgumentHelp(
            "The instant after which to begin, in RFC 3339 (default: now). '@every' counts from it.",
            valueName: "instant"
        )
    )
    var from: String?

    @Option(help: ArgumentHelp("How many instants to print.", valueName: "number"))
    var count = 5

    @Flag(help: "Print a JSON object with the instants and a description of the expression in English.")
    var json = false

    func run() async throws {
        let preview = try SchedulePreview(
            expression: expression,
            timeZone: timezone,
            from: from,
            count: count,
            now: Date()
        )
        if json {
            Console.standard.line(try preview.json())
        } else {
            for instant in preview.next { Console.standard.line(instant) }
        }
    }
}
