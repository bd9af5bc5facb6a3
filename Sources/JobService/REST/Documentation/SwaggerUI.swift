import Foundation
import NIOCore

/// The files of Swagger UI, which are fetched when QueueFlow is set up and read once when the process starts.
struct SwaggerUI: Sendable {
    /// One file, as it goes to a browser.
    struct File: Sendable {
        var contentType: String
        var bytes: ByteBuffer
    }

    /// What the page needs, and nothing else that lies beside it.
    private static let types = [
        "swagger-ui.css": "text/css; charset=utf-8", "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
        "favicon-32x32.png": "image/png",
    ]
    /// Where the page starts Swagger UI: a file of its own, as inline scripts are not allowed.
    private static let initializer = """
        window.ui = SwaggerUIBundle({
          url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null, persistAuthorization: false,
        });
        """

    private let files: [String: File]

    /// Reads the files of a folder.
    ///
    /// - Parameter directory: Where they lie; nil, or a folder that lacks one of them, means that there is no Swagger UI.
    init(directory: String?) {
        var files: [String: File] = [:]
        for (name, type) in Self.types {
            guard let directory,
                let data = FileManager.default.contents(atPath: "\(directory)/\(name)")
            else {
                self.files = [:]
                return
            }
            files[name] = File(contentType: type, bytes: ByteBuffer(bytes: data))
        }
        files["initializer.js"] = File(
            contentType: "text/javascript; charset=utf-8",
            bytes: ByteBuffer(string: Self.initializer)
        )
        self.files = files
    }

    /// A file of the page; nil when there is none of the name.
    subscript(name: String) -> File? { files[name] }

    /// The page, or how to get it.
    var page: String { files.isEmpty ? Self.missing : Self.page }

    private static let page = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>QueueFlow API</title>
        <link rel="icon" href="/docs/favicon-32x32.png">
        <link rel="stylesheet" href="/docs/swagger-ui.css">
        </head>
        <body>
        <div id="swagger-ui"></div>
        <script src="/docs/swagger-ui-bundle.js"></script>
        <script src="/docs/initializer.js"></script>
        </body>
        </html>

        """

    private static let missing = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><title>QueueFlow API</title></head>
        <body>
        <h1>QueueFlow API</h1>
        <p>The API is described by <a href="/openapi.json">/openapi.json</a>.</p>
        <p>To try calls on this page, run <code>make swagger-ui</code>, and start the job-service with
        <code>SWAGGER_UI_DIR</code> set to the folder that it names.</p>
        </body>
        </html>

        """
}
