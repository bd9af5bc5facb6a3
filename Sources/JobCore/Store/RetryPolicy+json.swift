import Foundation
import Postgres

extension RetryPolicy {
    /// The policy as the `retry` column keeps it.
    var json: PostgresJSON? {
        (try? JSONEncoder().encode(self)).map { PostgresJSON(bytes: [UInt8]($0)) }
    }

    /// Reads the `retry` column.
    init(json: PostgresJSON) throws {
        self = try JSONDecoder().decode(RetryPolicy.self, from: Data(json.bytes))
    }
}
