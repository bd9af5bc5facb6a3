import Crypto
import JobCore

/// The first administrator, whom the settings name.
struct Administrator: Sendable {
    /// Who it is.
    let principal: Principal

    private let key = SymmetricKey(size: .bits256)
    private let username: HMAC<SHA256>.MAC
    private let password: HMAC<SHA256>.MAC

    /// An administrator with a name and a password.
    init(username: String, password: String) {
        principal = Principal(subject: username, tenant: .default, role: .admin)
        self.username = Self.code(username, key)
        self.password = Self.code(password, key)
    }

    /// Whether the credentials are the administrator's. It takes as long for a wrong name as for a wrong password, and
    /// however much of them is right: codes under a key of this process are compared, in constant time.
    func matches(username: String, password: String) -> Bool {
        let hasUsername = Self.code(username, key) == self.username
        let hasPassword = Self.code(password, key) == self.password
        return hasUsername && hasPassword
    }

    private static func code(_ text: String, _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }
}
