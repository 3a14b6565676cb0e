import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jgit.http.server.GitServlet;
import org.eclipse.jgit.internal.storage.file.FileRepository;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.transport.ReceiveCommand;
import org.eclipse.jgit.transport.ReceivePack;
import org.eclipse.jgit.transport.resolver.ServiceNotAuthorizedException;

/**
 * A Git server of JGit: {@code JGitServer FOLDER FILE}, with {@code user:token} in FILE.
 *
 * <p>It serves the bare repositories below FOLDER over http on a port of its own choice, which it prints. A file {@code protected}
 * in a repository is the reason for which every push there is refused.
 */
public final class JGitServer {
    public static void main(String[] arguments) throws Exception {
        File folder = new File(arguments[0]);
        String pair = Files.readString(Path.of(arguments[1])).trim();
        String signIn = "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));

        GitServlet git = new GitServlet() {
            @Override
            protected void service(HttpServletRequest request, HttpServletResponse response)
                    throws jakarta.servlet.ServletException, java.io.IOException {
                if (signIn.equals(request.getHeader("Authorization"))) {
                    super.service(request, response);
                } else {
                    response.setHeader("WWW-Authenticate", "Basic realm=\"jgit\"");
                    response.sendError(HttpServletResponse.SC_UNAUTHORIZED);
                }
            }
        };
        git.setRepositoryResolver((request, name) -> {
            try {
                return new FileRepository(new File(folder, name));
            } catch (java.io.IOException error) {
                throw new org.eclipse.jgit.errors.RepositoryNotFoundException(name, error);
            }
        });
        git.setReceivePackFactory((HttpServletRequest request, Repository repository) -> receive(repository));

        Server server = new Server();
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler();
        context.addServlet(new ServletHolder(git), "/*");
        server.setHandler(context);
        server.start();
        System.out.println(connector.getLocalPort());
        server.join();
    }

    private static ReceivePack receive(Repository repository) throws ServiceNotAuthorizedException {
        ReceivePack receive = new ReceivePack(repository);
        receive.setPreReceiveHook((pack, commands) -> {
            Path reason = repository.getDirectory().toPath().resolve("protected");
            if (Files.exists(reason)) {
                try {
                    String text = Files.readString(reason).trim();
                    pack.sendMessage("this branch is guarded");
                    commands.forEach(command -> command.setResult(ReceiveCommand.Result.REJECTED_OTHER_REASON, text));
                } catch (java.io.IOException error) {
                    throw new java.io.UncheckedIOException(error);
                }
            }
        });
        return receive;
    }
}
