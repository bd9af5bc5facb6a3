#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Turns host names into addresses without blocking anybody.
public enum HostResolver {
    /// Why a name has no addresses.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// The name asked for.
        public let host: String
        /// The resolver's reason.
        public let reason: String

        /// A sentence naming the host and the reason.
        public var description: String {
            "Cannot resolve the host name \"\(host)\": \(reason). Check its spelling and this machine's DNS settings."
        }
    }

    /// Resolves a name on a thread of its own; an address without one.
    ///
    /// - Parameters:
    ///   - host: A name or an IPv4 or IPv6 address.
    ///   - loop: The loop that wakes the caller.
    ///   - deadline: When to give up.
    /// - Returns: Numeric addresses in the order of the system's preference, at least one.
    /// - Throws: ``Failure``, ``ThreadingError``, or `CancellationError`.
    public static nonisolated(nonsending) func addresses(
        of host: String,
        on loop: DescriptorLoop,
        until deadline: ContinuousClock.Instant?
    ) async throws -> [String] {
        if let address = numeric(host) { return address }
        let call = try BlockingCall(name: "resolve-host", on: loop) { lookUp(host, flags: AI_ADDRCONFIG) }
        guard let result = await call.value(until: deadline) else {
            try Task.checkCancellation()
            throw Failure(host: host, reason: "the resolver did not answer in time")
        }
        return try result.get()
    }

    /// Resolves a name on this thread, which must not be one of the cooperative pool.
    ///
    /// - Returns: Numeric addresses in the order of the system's preference, at least one.
    package static func blockingAddresses(of host: String) throws(Failure) -> [String] {
        if let address = numeric(host) { return address }
        return try lookUp(host, flags: AI_ADDRCONFIG).get()
    }

    private static func numeric(_ host: String) -> [String]? {
        try? lookUp(host, flags: AI_NUMERICHOST).get()
    }

    private static func lookUp(_ host: String, flags: CInt) -> Result<[String], Failure> {
        var hints = addrinfo()
        hints.ai_flags = flags
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        #else
        hints.ai_socktype = SOCK_STREAM
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            return .failure(Failure(host: host, reason: String(cString: gai_strerror(code))))
        }
        defer { freeaddrinfo(list) }
        var addresses: [String] = []
        var next = list
        while let info = next {
            if let address = numericName(of: info.pointee), !addresses.contains(address) { addresses.append(address) }
            next = info.pointee.ai_next
        }
        guard !addresses.isEmpty else { return .failure(Failure(host: host, reason: "it has no address")) }
        return .success(addresses)
    }

    private static func numericName(of info: addrinfo) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { name in
            let length = socklen_t(name.count)
            guard
                getnameinfo(info.ai_addr, info.ai_addrlen, name.baseAddress, length, nil, 0, NI_NUMERICHOST) == 0,
                let start = name.baseAddress
            else { return nil }
            return String(cString: start)
        }
    }
}
