import Foundation

/// The schedules of a run: each fires every second, and they differ in what becomes of instants that were missed.
enum ChaosSchedule: String, CaseIterable, Sendable {
    case all
    case latest
    case skip

    private struct Body: Encodable {
        var name: String
        var cron = "* * * * * *"
        var type = LedgerHandler.work
        var queue = "cron"
        var payload: LedgerHandler.Payload
        var missed_runs: String
    }

    /// Makes them over REST.
    static func createAll(port: Int, as caller: HTTP.Credential?) async throws {
        for schedule in allCases {
            let body = Body(
                name: schedule.rawValue,
                payload: .init(milliseconds: 0, mark: "cron-\(schedule.rawValue)"),
                missed_runs: schedule.rawValue
            )
            let answer = try await HTTP.insist("POST", port: port, "/schedules", as: caller, body: body)
            // A repeat of a request whose answer was lost finds the name taken.
            guard answer.status == 201 || answer.status == 409 else {
                throw UnexpectedAnswer(what: "a new schedule", status: answer.status, body: answer.body)
            }
        }
    }

    /// Ends them.
    static func pauseAll(port: Int, as caller: HTTP.Credential?) async throws {
        struct Page: Decodable {
            struct Item: Decodable { var id: String }
            var schedules: [Item]
        }
        let page: Page = try await HTTP.insist("GET", port: port, "/schedules", as: caller).decode()
        for schedule in page.schedules {
            _ = try await HTTP.insist("POST", port: port, "/schedules/\(schedule.id)/pause", as: caller)
        }
    }
}

/// An answer with which the run cannot go on.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    var what: String
    var status: UInt
    var body: Data

    var description: String { "\(what) was answered with \(status): \(String(decoding: body, as: UTF8.self))" }
}
