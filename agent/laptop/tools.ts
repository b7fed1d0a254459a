/**
 * What `sallyport launch` asks of the images it starts; docs/researchers.md says it to those who make such images.
 *
 * Neither tool asks for a password of its own: nobody reaches it but the relay, which has the session's key.
 */
import type { OpenSpec, OpenUser } from './container.ts';

export const TOOL_NAMES = ['jupyter', 'rstudio'] as const;
export type ToolName = (typeof TOOL_NAMES)[number];

export interface Tool {
  title: string;
  image: string;
  /** In the container, on its own loopback. */
  port: number;
  command: readonly string[];
  start(user: OpenUser): Pick<OpenSpec, 'user' | 'environment' | 'loosened'>;
}

const JUPYTER_PORT = 8888;

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  jupyter: {
    title: 'JupyterLab',
    image: 'python',
    port: JUPYTER_PORT,
    command: [
      'jupyter',
      'lab',
      '--ip=127.0.0.1',
      `--port=${JUPYTER_PORT}`,
      '--no-browser',
      '--ServerApp.token=',
      '--ServerApp.password=',
    ],
    start: ({ uid, gid }) => ({
      user: `${uid}:${gid}`,
      // Modules of the study are imported from its top, wherever a notebook lies.
      environment: { PYTHONPATH: '/workspace' },
    }),
  },
  rstudio: {
    title: 'RStudio',
    image: 'rstudio',
    port: 8787,
    command: [],
    start: ({ uid }) => ({
      user: '0:0',
      environment: { HOME: '/root', HOSTPLATFORM: process.platform, HOSTUID: String(uid) },
      // It gives its own user the person's number, and then goes on as that user.
      loosened: {
        capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'],
        writableRoot: true,
      },
    }),
  },
};

export function isTool(text: string): text is ToolName {
  return (TOOL_NAMES as readonly string[]).includes(text);
}
