/** Where an API server is and how to be let in. */
export interface ClusterConfig {
  /** `https://host:port`, with a path prefix if the server is behind one. */
  readonly server: string;
  /** The namespace of the kubeconfig's context or of the pod. */
  readonly namespace?: string;
  /** The certificates that sign the server's, as PEM. Absent: those the system trusts. */
  readonly ca?: string;
  /** The client certificate, as PEM. */
  readonly cert?: string;
  /** The key of {@link cert}, as PEM. */
  readonly key?: string;
  /** The name to expect in the server's certificate, when it is not the host of `server`. */
  readonly serverName?: string;
  /** Accepts any server certificate. */
  readonly insecureSkipTlsVerify?: boolean;
  /**
   * The value of the Authorization header, `undefined` for none. May be called for every request, so it caches;
   * `refresh` asks for a new value because the server has just refused the last one.
   */
  authorization(options?: { readonly refresh?: boolean }): Promise<string | undefined>;
}
