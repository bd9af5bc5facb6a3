import Foundation
import Postgres

extension User {
    /// Reads a row with the columns of an account.
    init(row: PostgresRow) throws {
        id = try row.decode("id", as: UUID.self)
        tenant = TenantName(validated: try row.decode("tenant", as: String.self))
        username = try row.decode("username", as: String.self)
        role = try row.decode("role", as: Role.self)
        isDisabled = try row.decode("disabled", as: Bool.self)
        epoch = Int(try row.decode("epoch", as: Int32.self))
        createdAt = try row.decode("created_at", as: Date.self)
        updatedAt = try row.decode("updated_at", as: Date.self)
    }
}
