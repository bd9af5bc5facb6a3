import Foundation

/// Two connected sockets, closed in every program that this process starts unless handed over on purpose.
///
/// Unlike a pipe, a socket can be made closed-on-exec in one step from Swift and written to without the danger of SIGPIPE.
struct DescriptorPair {
    /// The end that this process keeps.
    let own: Int32
    /// The end that is handed to the new process.
    let other: Int32

    init() throws(LocalServerError) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw .cannotStart(executable: "/bin/sh", reason: "socketpair: " + String(cString: strerror(errno)))
        }
        own = ends[0]
        other = ends[1]
    }
}
