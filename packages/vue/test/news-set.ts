import { createHubComposables } from '@org/hub-vue';
import type { NewsHub } from '../../react/test/news-hub.ts';

/** The set that these tests share; also for a page, which has no test around it. */
export const news = createHubComposables<NewsHub>();
