import Formats
import Foundation

extension Config {
    private static let prefix = "profiles."

    /// The file's tables as profiles.
    ///
    /// - Throws: ``TOMLError`` for what is not known: a misspelt key must not go unnoticed.
    init(_ tables: TOMLTables) throws(TOMLError) {
        for table in tables {
            if table.name.isEmpty {
                for (key, value) in table.values {
                    guard key == "current" else { throw TOMLError("unknown key '\(key)'; expected current") }
                    current = value
                }
            } else if table.name.hasPrefix(Self.prefix) {
                let name = String(table.name.dropFirst(Self.prefix.count))
                profiles[name] = try Profile(table.values, name)
            } else {
                throw TOMLError("unknown table [\(table.name)]; expected [profiles.NAME]")
            }
        }
    }

    /// The profiles as the file's tables, in the order of their names.
    var tables: TOMLTables {
        var tables: TOMLTables = []
        if let current { tables.append(("", [("current", current)])) }
        for (name, profile) in profiles.sorted(by: { $0.key < $1.key }) {
            tables.append((Self.prefix + name, profile.values))
        }
        return tables
    }
}

extension Profile {
    fileprivate init(_ values: [(key: String, value: String)], _ name: String) throws(TOMLError) {
        var found: [String: String] = [:]
        for (key, value) in values {
            guard ["url", "api_key", "access_token", "refresh_token", "expires_at"].contains(key) else {
                throw TOMLError("unknown key '\(key)' in [profiles.\(name)]; expected url or api_key")
            }
            found[key] = value
        }
        guard let url = found["url"] else { throw TOMLError("[profiles.\(name)] has no url") }
        self.init(url: url)
        apiKey = found["api_key"]
        if let access = found["access_token"], let refresh = found["refresh_token"],
            let expiresAt = found["expires_at"].flatMap({ RFC3339.date($0) })
        {
            tokens = Session.Tokens(access: access, refresh: refresh, expiresAt: expiresAt)
        }
    }

    fileprivate var values: [(key: String, value: String)] {
        var values = [(key: "url", value: url)]
        if let apiKey { values.append(("api_key", apiKey)) }
        if let tokens {
            values += [
                ("access_token", tokens.access), ("refresh_token", tokens.refresh),
                ("expires_at", RFC3339.string(tokens.expiresAt)),
            ]
        }
        return values
    }
}
