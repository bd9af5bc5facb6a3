import Logging
import NIOPosix
import NIOSSL
import Synchronization

/// The TLS context for new connections, made anew when the files behind it change.
final class TLSContextSource: Sendable {
    private struct State {
        var material: TLSMaterial
        var context: NIOSSLContext
    }

    private let state: Mutex<State>
    private let load: @Sendable () throws -> (TLSMaterial)
    private let make: @Sendable (TLSMaterial) throws -> NIOSSLContext
    private let interval: Duration?

    /// Loads a server's certificates. Blocks on files.
    convenience init(_ tls: ServerTLS) throws {
        try self.init(interval: tls.reloadInterval) {
            try TLSMaterial(tls)
        } make: {
            try $0.serverContext(tls)
        }
    }

    /// Loads a client's certificates. Blocks on files.
    convenience init(_ tls: ClientTLS) throws {
        try self.init(interval: tls.reloadInterval) {
            try TLSMaterial(tls)
        } make: {
            try $0.clientContext()
        }
    }

    private init(
        interval: Duration?,
        load: @escaping @Sendable () throws -> TLSMaterial,
        make: @escaping @Sendable (TLSMaterial) throws -> NIOSSLContext
    ) throws {
        let material = try load()
        self.state = Mutex(State(material: material, context: try make(material)))
        self.load = load
        self.make = make
        self.interval = interval
    }

    /// What new connections use.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// Looks at the files now.
    /// - Throws: ``TLSError`` if they are of no use; the certificates in use stay.
    func reload() async throws {
        let (load, make) = (load, make)
        let present = state.withLock { $0.material }
        let changed: State? = try await NIOThreadPool.singleton.runIfActive {
            let material = try load()
            return material == present ? nil : State(material: material, context: try make(material))
        }
        if let changed { state.withLock { $0 = changed } }
    }

    /// Looks at the files again and again, until the task is cancelled.
    func keepReloading(logger: Logger) async {
        guard let interval else { return }
        while (try? await Task.sleep(for: interval)) != nil {
            do {
                try await reload()
            } catch {
                logger.error("TLS certificates not reloaded", metadata: ["error": "\(error)"])
            }
        }
    }
}
