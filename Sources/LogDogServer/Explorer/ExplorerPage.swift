import PRPCServer

/// `/rpcexplorer/`: a page that lists the services, and calls them (`spec/prpc.md §8`).
///
/// All that it is made of is in the program; its policy lets it talk to nobody else.
struct ExplorerPage: Sendable {
    private static let policy = """
        default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
        base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """

    private let page = EmbeddedAsset("text/html; charset=utf-8", PackageResources.explorer_html)
    /// By path.
    private let others = [
        "/rpcexplorer/explorer.js": EmbeddedAsset(
            "text/javascript; charset=utf-8", PackageResources.explorer_js),
        "/rpcexplorer/explorer.css": EmbeddedAsset(
            "text/css; charset=utf-8", PackageResources.explorer_css),
        // Nothing to say: there is no login of a browser's own.
        "/rpcexplorer/config": EmbeddedAsset("application/json", Array("{}\n".utf8)),
    ]

    func reply(to request: HTTPRequest) -> HTTPReply {
        guard let path = request.path else { return .text(400, "the path does not decode") }
        // The page itself finds out which of its views a path means.
        let isView = path == "/rpcexplorer/" || path.hasPrefix("/rpcexplorer/services")
        guard let asset = isView ? page : others[path] else {
            return .text(404, "nothing is at this path")
        }
        return asset.reply(
            to: request,
            [
                "Content-Security-Policy": Self.policy, "X-Frame-Options": "deny",
                "Referrer-Policy": "no-referrer",
            ])
    }
}
