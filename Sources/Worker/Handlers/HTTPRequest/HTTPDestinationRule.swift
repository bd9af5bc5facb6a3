/// Where requests may go: a scheme, a host or a pattern of hosts, and a port.
///
/// `https://*` is any host, `https://*.example.com` any host below a domain, `http://hooks.internal:8080` one host. Without a port
/// the scheme's own is meant; `:*` is any. A host that is named in full may have a private address; hosts that a pattern
/// fits may not.
public struct HTTPDestinationRule: Hashable, Sendable {
    private enum Hosts: Hashable {
        case any
        case below(String)
        case exactly(String)
    }

    private let scheme: String
    private let hosts: Hosts
    /// Nil for any.
    private let port: Int?

    /// Reads a rule; nil when the text is none.
    public init?(_ text: String) {
        let text = text.lowercased()
        let defaultPorts = ["http": 80, "https": 443]
        guard let separator = text.firstRange(of: "://"),
            let defaultPort = defaultPorts[String(text[..<separator.lowerBound])]
        else { return nil }
        scheme = String(text[..<separator.lowerBound])
        var host = text[separator.upperBound...]
        // The colons of an IPv6 address are inside its brackets.
        if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
            let portText = host[host.index(after: colon)...]
            host = host[..<colon]
            if portText == "*" {
                port = nil
            } else {
                guard let number = Int(portText), (1...65_535).contains(number) else { return nil }
                port = number
            }
        } else {
            port = defaultPort
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        if host == "*" {
            hosts = .any
            return
        }
        let isPattern = host.hasPrefix("*.")
        let name = isPattern ? host.dropFirst(2) : host
        let isHostCharacter = { (character: Character) in
            character.isASCII && (character.isLetter || character.isNumber || ".-_:".contains(character))
        }
        guard let first = name.first, first != ".", name.allSatisfy(isHostCharacter) else { return nil }
        hosts = isPattern ? .below(".\(name)") : .exactly(String(name))
    }

    /// Whether the rule names one host, which may have a private address.
    public var namesOneHost: Bool {
        if case .exactly = hosts { true } else { false }
    }

    /// Whether requests may go there.
    ///
    /// - Parameters:
    ///   - scheme: `http` or `https`.
    ///   - host: A name or an address without brackets, in small letters.
    public func allows(scheme: String, host: String, port: Int) -> Bool {
        guard scheme == self.scheme, self.port == nil || self.port == port else { return false }
        return switch hosts {
        case .any: true
        case .below(let suffix): host.hasSuffix(suffix) && host.count > suffix.count
        case .exactly(let name): host == name
        }
    }
}
