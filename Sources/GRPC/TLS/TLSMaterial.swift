import NIOSSL

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The contents of all PEM sources of one side, and the TLS settings that follow from them.
struct TLSMaterial: Hashable, Sendable {
    private var chain: [UInt8]?
    private var key: [UInt8]?
    private var roots: [UInt8]?

    /// Reads the sources of a server. Blocks on files.
    init(_ tls: ServerTLS) throws(TLSError) {
        chain = try Self.read(tls.certificateChain)
        key = try Self.read(tls.privateKey)
        switch tls.clientCertificates {
        case .none: roots = nil
        case .optional(let source), .required(let source): roots = try Self.read(source)
        }
    }

    /// Reads the sources of a client. Blocks on files.
    init(_ tls: ClientTLS) throws(TLSError) {
        if let identity = tls.identity {
            chain = try Self.read(identity.certificateChain)
            key = try Self.read(identity.privateKey)
        }
        if let source = tls.trustRoots { roots = try Self.read(source) }
    }

    func serverContext(_ tls: ServerTLS) throws(TLSError) -> NIOSSLContext {
        try Self.describing("The server's certificates cannot be used") {
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: try certificates(chain),
                privateKey: .privateKey(try privateKey())
            )
            switch tls.clientCertificates {
            case .none: configuration.certificateVerification = .none
            case .optional: configuration.certificateVerification = .optionalVerification
            case .required: configuration.certificateVerification = .noHostnameVerification
            }
            if roots != nil { configuration.trustRoots = .certificates(try rootCertificates()) }
            return try Self.finish(configuration)
        }
    }

    func clientContext() throws(TLSError) -> NIOSSLContext {
        try Self.describing("The client's certificates cannot be used") {
            var configuration = TLSConfiguration.makeClientConfiguration()
            if roots != nil { configuration.trustRoots = .certificates(try rootCertificates()) }
            if chain != nil {
                configuration.certificateChain = try certificates(chain)
                configuration.privateKey = .privateKey(try privateKey())
            }
            return try Self.finish(configuration)
        }
    }

    private static func finish(_ configuration: TLSConfiguration) throws -> NIOSSLContext {
        var configuration = configuration
        configuration.applicationProtocols = ["h2"]
        configuration.minimumTLSVersion = .tlsv12
        return try NIOSSLContext(configuration: configuration)
    }

    private func certificates(_ bytes: [UInt8]?) throws -> [NIOSSLCertificateSource] {
        try NIOSSLCertificate.fromPEMBytes(bytes ?? []).map { .certificate($0) }
    }

    private func rootCertificates() throws -> [NIOSSLCertificate] {
        try NIOSSLCertificate.fromPEMBytes(roots ?? [])
    }

    private func privateKey() throws -> NIOSSLPrivateKey {
        try NIOSSLPrivateKey(bytes: key ?? [], format: .pem)
    }

    private static func read(_ source: PEMSource) throws(TLSError) -> [UInt8] {
        switch source {
        case .text(let text): return Array(text.utf8)
        case .file(let path):
            return try describing("The file '\(path)' cannot be read") {
                try Array(Data(contentsOf: URL(filePath: path)))
            }
        }
    }

    private static func describing<T>(_ what: String, _ body: () throws -> T) throws(TLSError) -> T {
        do { return try body() } catch { throw TLSError(description: "\(what): \(error)") }
    }
}

/// Where a certificate or a key in PEM form comes from.
public enum PEMSource: Hashable, Sendable {
    /// A file, read again whenever certificates are reloaded.
    case file(String)

    /// The text itself.
    case text(String)
}

/// Certificates could not be used.
public struct TLSError: Error, Sendable, CustomStringConvertible {
    /// What was wrong, and with which file.
    public let description: String
}
