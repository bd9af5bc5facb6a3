import CLibPQ

extension ConnectionCore {
    /// Begins `COPY ... FROM STDIN`.
    func beginCopy(_ sql: String, _ operation: String) async throws {
        try await converse(operation) { core, link, exchange in
            guard link.sendQuery(sql) else { throw core.sendFailure(link, exchange) }
            try await core.flush(link, exchange)
            guard let first = try await core.nextResult(link, exchange) else { throw core.lost(link, exchange, nil) }
            if first.status == PGRES_COPY_IN { return }
            guard first.status == PGRES_FATAL_ERROR else {
                let error = exchange.failure(.usage, "the statement is not COPY ... FROM STDIN")
                core.drop(error)
                throw error
            }
            let failure = first.error(.server, operation: operation)
            while try await core.nextResult(link, exchange) != nil {}
            throw link.isBroken ? core.lost(link, exchange, failure) : failure
        }
    }

    /// Sends rows; returns when the kernel has taken them, so that a slow server slows the caller down.
    func sendCopy(_ bytes: [UInt8], _ operation: String) async throws {
        try await converse(operation) { core, link, exchange in
            while true {
                guard let isTaken = link.putCopyData(bytes) else { throw core.lost(link, exchange, nil) }
                try await core.flush(link, exchange)
                if isTaken { return }
            }
        }
    }

    /// Ends the copy.
    ///
    /// - Parameter failure: Why the rows sent so far shall be dropped; `nil` keeps them.
    /// - Returns: How many rows the server has stored.
    func endCopy(_ operation: String, failure: String? = nil) async throws -> Int {
        try await converse(operation, heedsCancellation: failure == nil) { core, link, exchange in
            while true {
                guard let isTaken = link.putCopyEnd(failure: failure) else { throw core.lost(link, exchange, nil) }
                try await core.flush(link, exchange)
                if isTaken { break }
            }
            return try await core.collectResults(link, exchange).affectedRows
        }
    }
}
