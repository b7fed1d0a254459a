/** The hub's door for the steward, put together: releases to publish, and whatever else it is asked to do. */
import type { Router } from 'express';
import type { KeyObject } from 'node:crypto';
import { takeRound, taskAnswers, type Room } from './github/github.ts';
import type { HubConfig } from './hub-config.ts';
import { parsePublicKey } from './lib/keys.ts';
import { isRefusal } from './lib/refusal.ts';
import { stewardRoutes, type TaskDoor } from './publication/publication.ts';
import { dueTasks, nextTaskAt, takeTaskReport } from './stewarding/stewarding.ts';

export function stewardDoor(config: HubConfig, room: Room, stop: AbortSignal): Router {
  return stewardRoutes({
    ...room.publications,
    logger: room.logger,
    signals: room.jobs.signals,
    keys: stewardKeys(config),
    audience: config.origin,
    stop,
    tasks: taskDoor(room),
    rounds: ({ protocol: _version, ...round }) => takeRound(room, round),
  });
}

function stewardKeys({ stewardKeys: written = [] }: HubConfig): KeyObject[] {
  return written.map(parsePublicKey).filter((key): key is KeyObject => !isRefusal(key));
}

function taskDoor(room: Room): TaskDoor {
  const { db, clock, logger } = room;
  const answers = taskAnswers(room);
  return {
    due: () => dueTasks(db, clock.now()),
    nextAt: () => nextTaskAt(db),
    take: (report) => takeTaskReport({ db, clock, answers, logger }, report),
  };
}
