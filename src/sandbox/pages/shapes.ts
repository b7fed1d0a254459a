/** The parts of GitHub's JSON that the pages show. */
export interface User {
  login: string;
  type: string;
}

export interface Label {
  name: string;
  color: string;
}

export interface Issue {
  number: number;
  title: string;
  body: string | null;
  state: string;
  locked: boolean;
  user: User | null;
  labels: Label[];
  assignees: User[];
  comments: number;
  created_at: string;
  pull_request?: unknown;
}

export interface Reactions {
  [name: string]: number | string;
}

export interface Comment {
  id: number;
  body: string;
  user: User | null;
  created_at: string;
  updated_at: string;
  reactions?: Reactions;
}

/** An entry of an issue's timeline: a comment, or something done. */
export interface Happening extends Comment {
  event: string;
  actor: User | null;
  label?: { name: string };
  assignee?: User;
  rename?: { from: string; to: string };
}

export interface Release {
  id: number;
  html_url: string;
  tag_name: string;
  name: string | null;
  body: string | null;
  draft: boolean;
  prerelease: boolean;
  author: User | null;
  created_at: string;
  published_at: string | null;
  assets: Asset[];
}

export interface Asset {
  name: string;
  label: string | null;
  state: string;
  size: number;
  digest: string | null;
  created_at: string;
  browser_download_url: string;
}

export interface Commit {
  sha: string;
  commit: { message: string; author: { name?: string; date?: string } | null };
  author: User | null;
  parents: { sha: string }[];
  files?: ChangedFile[];
}

export interface ChangedFile {
  filename: string;
  status: string;
  patch?: string;
}

export interface CheckRun {
  id: number;
  name: string;
  head_sha: string;
  status: string;
  conclusion: string | null;
  started_at: string | null;
  completed_at: string | null;
  output: { title: string | null; summary: string | null; text: string | null; annotations_count: number };
  app: { slug?: string; name: string } | null;
}

export interface Annotation {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: string | null;
  message: string | null;
  title: string | null;
}

export interface Repository {
  full_name: string;
  private: boolean;
  has_issues: boolean;
  default_branch: string;
  clone_url: string;
  description: string | null;
}

export interface Entry {
  name: string;
  path: string;
  type: string;
  size: number;
}

export interface Pull {
  number: number;
  title: string;
  state: string;
  merged?: boolean;
  head: { ref: string; sha: string; repo: { full_name: string } | null };
  base: { ref: string };
}

export interface Review {
  id: number;
  user: User | null;
  state: string;
  body: string;
  commit_id: string;
  submitted_at: string;
}
