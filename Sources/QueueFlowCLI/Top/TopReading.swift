import Formats
import Foundation
import Synchronization

/// What was read of the server for one view.
struct TopReading: Sendable {
    let tab: TopModel.Tab
    let jobState: String?
    private let outcome: Result<Content, CommandFailure>

    private enum Content: Sendable {
        case overview(JSONValueSlice, history: [JSONValueSlice])
        /// Whether they are all that was asked for.
        case rows([JSONValueSlice], isComplete: Bool)
    }

    /// Reads what a view shows.
    static func of(_ tab: TopModel.Tab, jobState: String?, _ client: APIClient) async -> TopReading {
        let outcome: Result<Content, CommandFailure>
        do {
            outcome = .success(try await content(tab, jobState, client))
        } catch let failure as CommandFailure {
            outcome = .failure(failure)
        } catch {
            outcome = .failure(CommandFailure(.interrupted, "interrupted"))
        }
        return TopReading(tab: tab, jobState: jobState, outcome: outcome)
    }

    private static func content(_ tab: TopModel.Tab, _ jobState: String?, _ client: APIClient) async throws -> Content {
        guard let noun = tab.noun else {
            async let history = client.send(APICall(.get, "/history", query: [.init("range", "hour")]))
            let overview = try await client.send(APICall(.get, "/overview")).object(with: "jobs")
            return .overview(overview, history: (try? await history.list("points")) ?? [])
        }
        let query = tab == .jobs ? APICall.Parameter.given([("state", jobState)]) : []
        // What is rare among many comes back as pages with little or nothing on them, which are followed for a moment.
        var pages = Pages(client, noun, query, limit: 100)
        let deadline = ContinuousClock.now + .seconds(2)
        var rows: [JSONValueSlice] = []
        while let page = try await pages.next() {
            rows += page
            if ContinuousClock.now >= deadline { break }
        }
        return .rows(rows, isComplete: !pages.goesOn)
    }

    /// Puts what was read where it is shown. A server that is away leaves what was known in sight.
    func put(into model: inout TopModel) {
        switch outcome {
        case .success(.overview(let overview, let history)):
            model.problem = nil
            (model.overview, model.history) = (overview, history)
        case .success(.rows(let rows, let isComplete)):
            model.problem = nil
            if jobState == model.jobState { model.take(rows, of: tab, isComplete: isComplete) }
        case .failure(let failure): model.problem = failure.description
        }
    }
}

/// What is written to a console, as lines.
final class CapturedText: Sendable {
    private let text = Mutex("")

    var console: Console { .raw { text in self.text.withLock { $0 += text } } }

    var lines: [String] {
        text.withLock { $0.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    }
}
