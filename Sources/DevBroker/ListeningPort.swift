public import Glibc
import Synchronization

/// Chooses the port on which librdkafka's mock broker listens.
///
/// The mock broker binds its socket to port 0 of the loopback interface, asks the system which port that became, and
/// advertises that port to clients; librdkafka 2.0 has no setting for it. So this program takes the port with a socket of its
/// own, and stands in for the C library's `bind` to hand that socket over: see ``bindOrHandOver(_:_:_:)``. Bootstrap and
/// advertised address agree, since the mock broker asks for the port after binding.
enum ListeningPort {
    /// The port could not be had.
    struct Refused: Error, CustomStringConvertible {
        let port: UInt16
        let errorNumber: Int32

        var description: String {
            let cause =
                errorNumber == EADDRINUSE
                ? "another program is listening there" : String(cString: strerror(errorNumber))
            return """
                dev-broker could not listen on port \(port) of 127.0.0.1: \(cause). Stop that program, or choose another port \
                with --port or DEV_BROKER_PORT, and set KAFKA_BROKERS to match.
                """
        }
    }

    /// The program was linked without `--export-dynamic-symbol=bind`, so that librdkafka did not find the function below.
    struct NotHandedOver: Error, CustomStringConvertible {
        let description = """
            dev-broker cannot choose its port: it was linked without exporting 'bind'. Build it with the linker settings of \
            the package manifest.
            """
    }

    /// The socket to hand over, while a broker is being started.
    fileprivate static let socketToHandOver = Mutex<Int32?>(nil)

    /// Makes a broker listen on a port.
    ///
    /// - Parameters:
    ///   - port: the port; 0 takes a free one.
    ///   - start: starts the mock broker.
    /// - Throws: ``Refused`` if the port could not be had; ``NotHandedOver`` if librdkafka has chosen one itself; else what
    ///   `start` throws.
    static func take<Result>(_ port: UInt16, _ start: () throws -> Result) throws -> Result {
        let socket = try bound(to: port)
        defer { close(socket) }
        socketToHandOver.withLock { $0 = socket }
        let result: Result
        do {
            result = try start()
        } catch {
            socketToHandOver.withLock { $0 = nil }
            throw error
        }
        guard socketToHandOver.withLock({ $0.take() }) == nil else { throw NotHandedOver() }
        return result
    }

    private static func bound(to port: UInt16) throws(Refused) -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw Refused(port: port, errorNumber: errno) }
        var on: Int32 = 1
        // A broker that was killed leaves connections in TIME_WAIT, which must not keep the next one off its port.
        setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout.size(ofValue: on)))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let size = socklen_t(MemoryLayout.size(ofValue: address))
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(socket, $0, size) }
        }
        guard status == 0 else {
            let number = errno
            close(socket)
            throw Refused(port: port, errorNumber: number)
        }
        return socket
    }
}

/// Takes the place of `bind(2)` in this program, also for the libraries it uses; the linker must export it.
///
/// While a socket is to be handed over, the first call that asks for an arbitrary port of the loopback interface gets that
/// socket instead. Every other call goes to the C library unchanged.
@_cdecl("bind")
public func bindOrHandOver(_ socket: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t) -> Int32 {
    if asksForAnyLoopbackPort(address, length), let taken = ListeningPort.socketToHandOver.withLock({ $0.take() }) {
        return dup2(taken, socket) < 0 ? -1 : 0
    }
    // -1 is RTLD_NEXT: the `bind` that this one hides.
    guard let original = dlsym(UnsafeMutableRawPointer(bitPattern: -1), "bind") else {
        errno = ENOSYS
        return -1
    }
    typealias Bind = @convention(c) (Int32, UnsafePointer<sockaddr>?, socklen_t) -> Int32
    return unsafeBitCast(original, to: Bind.self)(socket, address, length)
}

private func asksForAnyLoopbackPort(_ address: UnsafePointer<sockaddr>?, _ length: socklen_t) -> Bool {
    guard let address, length >= socklen_t(MemoryLayout<sockaddr_in>.size) else { return false }
    let wanted = UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self)
    return wanted.sin_family == sa_family_t(AF_INET) && wanted.sin_port == 0
        && wanted.sin_addr.s_addr == INADDR_LOOPBACK.bigEndian
}
