/// Tells secrets that anybody would try first.
public enum SecretRule {
    /// The least bytes of a secret that programs share.
    public static let minKeyBytes = 32
    /// The least characters of a password.
    public static let minPasswordLength = 12
    /// The most bytes of a password: beyond, hashing it would cost by its length.
    public static let maxPasswordBytes = 1_024

    /// What stands in the examples and defaults of the field; digits in a row are in it, too.
    private static let placeholders = [
        "queueflow", "changeme", "change", "default", "password", "passwort", "passwd", "secret", "example", "sample",
        "insecure", "placeholder", "replace", "supersecret", "development", "production", "welcome", "letmein",
        "qwerty",
        "admin", "administrator", "root", "guest", "test", "your", "jwt", "token", "worker", "super", "key", "here",
        "me",
        "this", "with", "256", "bit", "1234567890", "0123456789", "12345678", "123456", "12345", "1234", "123",
    ].sorted { $0.count > $1.count }

    /// Why a secret that programs share is too weak; nil when it is not.
    public static func weakness(ofKey secret: String) -> String? {
        if secret.utf8.count < minKeyBytes { return "has fewer than \(minKeyBytes) bytes" }
        if Set(secret.utf8).count < 10 { return "has too few different characters" }
        return remainder(of: secret).count < 8 ? "is made of words that stand in every example" : nil
    }

    /// Why a password is too weak; nil when it is not.
    public static func weakness(ofPassword password: String) -> String? {
        if password.count < minPasswordLength { return "has fewer than \(minPasswordLength) characters" }
        if password.utf8.count > maxPasswordBytes { return "has more than \(maxPasswordBytes) bytes" }
        if Set(password).count < 5 { return "has too few different characters" }
        return remainder(of: password).count < 4 ? "is made of words that everybody tries first" : nil
    }

    /// What is left of a text when well-known words and what is neither letter nor digit are taken out.
    private static func remainder(of text: String) -> String {
        placeholders.reduce(text.lowercased().filter { $0.isLetter || $0.isNumber }) { $0.replacing($1, with: "") }
    }
}
