import Crypto
import Foundation
import NIOCore

/// The files of the dashboard: those in this executable, or those of a folder, and uPlot where it was fetched.
struct DashboardFiles: Sendable {
    /// One file, as it goes to a browser.
    struct File: Sendable {
        var contentType: String
        var bytes: ByteBuffer
        /// Changes whenever the bytes do. It is weak, as they may be sent compressed.
        var tag: EntityTag

        fileprivate init(contentType: String, bytes: ByteBuffer) {
            self.contentType = contentType
            self.bytes = bytes
            let digest = SHA256.hash(data: bytes.readableBytesView)
            tag = EntityTag(
                text: digest.prefix(12).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
                isWeak: true
            )
        }
    }

    private static let types = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "svg": "image/svg+xml",
    ]
    /// Where pages find uPlot, what it is called in the folder that `deploy/dev/uplot` makes, and what they get without it: charts are plain then.
    private static let uPlot = [
        (
            "vendor/uplot.js", "uplot.iife.min.js",
            "// uPlot has not been fetched: run `make uplot` and set UPLOT_DIR.\n"
        ),
        ("vendor/uplot.css", "uplot.min.css", "/* uPlot has not been fetched. */\n"),
    ]

    private let files: [String: File]
    private let directory: String?

    /// Takes the files that there are.
    ///
    /// - Parameters:
    ///   - directory: A folder whose files are served instead of those in the executable, each read when it is asked for, so that a change is
    ///     seen without a build. Meant for who works on the pages: reading blocks a thread. Nil for those in the executable.
    ///   - uPlotDirectory: Where uPlot lies, which draws the charts; nil when it was not fetched.
    init(directory: String?, uPlotDirectory: String?) {
        self.directory = directory
        var files = directory == nil ? Self.embedded : [:]
        for (path, name, substitute) in Self.uPlot {
            let data = uPlotDirectory.flatMap { FileManager.default.contents(atPath: "\($0)/\(name)") }
            files[path] = Self.file(path, data.map { ByteBuffer(bytes: $0) } ?? ByteBuffer(string: substitute))
        }
        self.files = files
    }

    /// A file by its path, such as `lib/api.js`; nil when there is none.
    subscript(path: String) -> File? {
        if let file = files[path] { return file }
        guard let directory, Self.isPlain(path), let data = FileManager.default.contents(atPath: "\(directory)/\(path)")
        else { return nil }
        return Self.file(path, ByteBuffer(bytes: data))
    }

    /// The paths of the files in the executable.
    static var paths: [String] { embedded.keys.sorted() }

    private static let embedded: [String: File] = {
        var files: [String: File] = [:]
        let folder = "Dashboard/"
        for (path, text) in PackageResources.all where path.hasPrefix(folder) {
            let path = String(path.dropFirst(folder.count))
            files[path] = file(path, ByteBuffer(string: text))
        }
        return files
    }()

    private static func file(_ path: String, _ bytes: ByteBuffer) -> File? {
        types[String(path.reversed().prefix { $0 != "." }.reversed())].map { File(contentType: $0, bytes: bytes) }
    }

    /// Whether a path leads to a file of a folder or of one below it, and nowhere else.
    private static func isPlain(_ path: String) -> Bool {
        path.wholeMatch(of: #/([a-z0-9\-]+/)?[a-z0-9\-]+\.[a-z]+/#) != nil
    }
}
