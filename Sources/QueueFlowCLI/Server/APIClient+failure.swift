import Formats
import NIOHTTP1

extension APIClient {
    /// What an answer that is no success means, in one line that says what to do.
    func failure(_ answer: APIAnswer, to call: APICall) -> CommandFailure {
        let problem = try? answer.json()
        guard let detail = problem?.text("detail") else { return strange(answer, call) }
        let said = detail
        switch answer.status {
        case 400, 413, 414, 415, 422: return CommandFailure(.usage, Self.fields(of: problem) ?? said)
        case 401: return CommandFailure(.authentication, notAuthenticated(said))
        case 403: return CommandFailure(.authentication, "\(said) (whoami tells who you are at \(address))")
        case 404 where detail == Self.noSuchPath, 405:
            return CommandFailure(
                .failure,
                "the server at \(address) is too old for this command, or no QueueFlow: it does not know "
                    + call.question
            )
        case 404, 410: return CommandFailure(.notFound, said)
        case 409, 412: return CommandFailure(.conflict, said)
        case 429, 502, 503, 504:
            return CommandFailure(.unreachable, said.trimmed(".") + again(answer))
        default:
            let request = problem?.text("request_id").map { " (request \($0) in the server's log)" } ?? ""
            return CommandFailure(.failure, said + request)
        }
    }

    /// What is no problem document of the API: something in front of the server says it, or something in its place.
    private func strange(_ answer: APIAnswer, _ call: APICall) -> CommandFailure {
        let status = HTTPResponseStatus(statusCode: answer.status)
        let said = "\(answer.status) \(status.reasonPhrase)".trimmed(" ")
        switch answer.status {
        case 300..<400:
            let place = answer.headers.first(name: "Location").map { " to \($0.printable)" } ?? ""
            return CommandFailure(
                .failure,
                "\(address) sends \(call.question) on\(place) (\(said)); give the URL of the REST API itself by --url or QUEUEFLOW_URL"
            )
        case 401: return CommandFailure(.authentication, notAuthenticated("the server answers \(said)"))
        case 403, 407:
            return CommandFailure(
                .authentication,
                "what is in front of \(address) answers \(call.question) with \(said)"
            )
        case 404: return CommandFailure(.failure, "\(address) is no QueueFlow: \(call.path) is not found there")
        case 413, 414, 431: return CommandFailure(.usage, "\(address) answers \(call.question) with \(said)")
        case 408, 429:
            return CommandFailure(.unreachable, "\(address) answers \(call.question) with \(said)\(again(answer))")
        case 502, 503, 504:
            return CommandFailure(
                .unreachable,
                "a proxy answers for \(address), but no QueueFlow behind it: \(said) to \(call.question)\(again(answer))"
            )
        default:
            return CommandFailure(
                .failure,
                "\(address) answers \(call.question) with \(said)\(answer.kindOfBody.map { " and \($0)" } ?? ""); is this the address "
                    + "of a QueueFlow? queueflow doctor looks closer"
            )
        }
    }

    private func again(_ answer: APIAnswer) -> String {
        answer.headers.first(name: "Retry-After").map { "; try again in \($0.printable) s" } ?? "; try again"
    }

    /// What is said of a path that names nothing, unlike an id that names nothing.
    private static let noSuchPath = "There is nothing at this path."

    private func notAuthenticated(_ said: String) -> String {
        switch credential {
        case .none:
            "\(address) wants to know who you are; call: queueflow login --url \(address), or set QUEUEFLOW_API_KEY"
        case .apiKey:
            "the API key is not accepted: \(said.trimmed(".")). Give another by QUEUEFLOW_API_KEY or queueflow login"
        case .session: "the session is not accepted: \(said.trimmed(".")). Begin another with: queueflow login"
        }
    }

    /// The bad fields, each with what is wrong.
    private static func fields(of problem: JSONValueSlice?) -> String? {
        let errors = problem?.elements("errors") ?? []
        guard !errors.isEmpty else { return nil }
        return errors.map { "\($0.text("field") ?? "?"): \($0.text("detail") ?? "?")" }.joined(separator: "; ")
    }
}

extension String {
    /// Without a character at its end.
    func trimmed(_ end: Character) -> String { last == end ? String(dropLast()) : self }
}
