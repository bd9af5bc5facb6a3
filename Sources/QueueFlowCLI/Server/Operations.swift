import Formats

/// Operations of the server: work on many jobs that goes on by itself.
struct Operations: Sendable {
    let client: APIClient

    /// What an operation would find.
    struct Preview: Sendable {
        let matched: Int
        /// Whether there are no more than that.
        let isExact: Bool
        let examples: [String]
    }

    /// A filter as the member of a request: lists of states become arrays.
    static func filter(_ parameters: [APICall.Parameter]) -> [UInt8] {
        var members = Members()
        for parameter in parameters {
            if parameter.name == "state" {
                members.add("state", parameter.value.split(separator: ",").map(String.init))
            } else {
                members.add(parameter.name, parameter.value)
            }
        }
        return members.bytes
    }

    /// Asks what would be found; does nothing.
    func preview(_ members: Members) async throws -> Preview {
        var members = members
        members.add("dry_run", true)
        let answer = try await client.send(APICall(.post, Noun.operations.path, members: members)).object(
            with: "matched"
        )
        return Preview(
            matched: answer.at("matched")?.int ?? 0,
            isExact: answer.at("is_exact")?.bool ?? true,
            examples: answer.elements("examples").map(\.plainText)
        )
    }

    /// Begins one.
    func start(_ members: Members) async throws -> JSONValueSlice {
        try await client.send(APICall(.post, Noun.operations.path, members: members)).object(with: "state")
    }

    /// Waits for the end of one and shows how far it is.
    ///
    /// - Parameter total: How many it will deal with; nil when only the operation knows.
    /// - Throws: ``CommandFailure`` when it failed.
    func follow(_ operation: JSONValueSlice, total: Int? = nil) async throws -> JSONValueSlice {
        let id = operation.text("id") ?? ""
        let progress = ProgressLine("dealt with")
        defer { progress.end() }
        var operation = operation
        do {
            while !["done", "stopped", "failed"].contains(operation.text("state") ?? "") {
                let dealtWith = (operation.at("changed")?.int ?? 0) + (operation.at("skipped")?.int ?? 0)
                progress.show(dealtWith, of: operation.at("matched")?.int ?? total)
                try await Task.sleep(for: .milliseconds(400))
                operation = try await client.send(APICall(.get, Noun.operations.path(of: id))).object(with: "state")
            }
        } catch is CancellationError {
            progress.end()
            Surroundings.current.notes.line(
                "The operation goes on. See it with: queueflow ops get \(id). End it with: queueflow ops stop \(id)"
            )
            throw CancellationError()
        }
        if operation.text("state") == "failed" {
            throw CommandFailure(.failure, "the operation \(id) failed: \((operation.text("error") ?? "").printable)")
        }
        return operation
    }
}
